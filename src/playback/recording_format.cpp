#include "pixelpass/playback/recording_format.hpp"

#include "pixelpass/base/clean_text.hpp"

#include <boost/algorithm/string/case_conv.hpp>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>

namespace pixelpass::playback {
namespace {

struct Ending {
  std::string_view text;
  RecordingFormat format;
};
constexpr std::array<Ending, 5> kEndings{{{".ts", RecordingFormat::kTransportStream},
                                          {".m2ts", RecordingFormat::kTransportStream},
                                          {".mts", RecordingFormat::kTransportStream},
                                          {".mkv", RecordingFormat::kMatroska},
                                          {".mp4", RecordingFormat::kMp4}}};

bool is_special_file(const std::string& path) {
  std::error_code ignored;
  const auto status = std::filesystem::status(path, ignored);
  return std::filesystem::exists(status) && !std::filesystem::is_regular_file(status);
}

}  // namespace

Result<RecordingFormat> recording_format(const std::string& path) {
  const std::string written = std::filesystem::path(path).extension();
  const std::string ending = boost::algorithm::to_lower_copy(written, std::locale::classic());
  const auto known = std::ranges::find(kEndings, ending, &Ending::text);
  if (known != kEndings.end()) return known->format;
  if (ending.empty() || is_special_file(path)) return RecordingFormat::kTransportStream;
  return Error{"a recording cannot be written as \"" + clean_text(written) +
                   "\"; accepted: .ts, .m2ts, .mts, .mkv, .mp4, or no ending",
               "name a file such as --record recording.mkv", ExitCode::kUsage};
}

}  // namespace pixelpass::playback
