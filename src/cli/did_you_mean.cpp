#include "cli/did_you_mean.hpp"

#include <boost/algorithm/string/case_conv.hpp>

#include <algorithm>
#include <vector>

namespace pixelpass::cli {
namespace {

constexpr std::size_t kLongestWord = 32;

/// Damerau's distance, restricted: no part is changed twice.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> cost(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) cost[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) cost[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i)
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = cost[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, changed});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
    }
  return cost[a.size()][b.size()];
}

}  // namespace

std::string did_you_mean(std::string_view typed, std::span<const std::string> words) {
  if (typed.size() < 2 || typed.size() > kLongestWord) return {};
  // All names here are lower case.
  const std::string lower = boost::algorithm::to_lower_copy(std::string(typed), std::locale::classic());
  std::string nearest;
  // A third of the word may be wrong, but no more than two characters.
  std::size_t least = std::min<std::size_t>(2, (typed.size() + 1) / 3) + 1;
  for (const std::string& word : words) {
    if (word.size() > kLongestWord) continue;
    const std::size_t changes = distance(lower, word);
    if (changes < least) nearest = word;
    least = std::min(least, changes);
  }
  return nearest;
}

}  // namespace pixelpass::cli
