#include "cli/generate/generate.hpp"

#include "cli/generate/completions.hpp"
#include "cli/generate/man_page.hpp"

namespace pixelpass::cli {

std::optional<std::string> generated(std::string_view kind, const std::vector<CommandRow>& rows) {
  if (kind == "man") return man_page(rows);
  if (kind == "bash") return bash_completion(rows);
  if (kind == "zsh") return zsh_completion(rows);
  if (kind == "fish") return fish_completion(rows);
  return std::nullopt;
}

}  // namespace pixelpass::cli
