#include "source_tree.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace pixelpass {
namespace {

/// Where a stage is not so as a whole, a header that says so speaks for its .cpp too.
bool says_so(const fs::path& header) {
  return text_of(header).find("Sans-IO") != std::string::npos;
}

/// "encode/frame_pacer" of either file.
std::string unit_of(const fs::path& file) {
  for (const auto* root : {"include/pixelpass", "src"}) {
    const auto relative = fs::relative(file, source_folder() / root);
    if (*relative.begin() != "..") return fs::path(relative).replace_extension().string();
  }
  return {};
}

std::vector<fs::path> sans_io_files() {
  std::set<fs::path> files;
  for (const auto& stage : declared_stages())
    if (stage.is_sans_io)
      for (const auto& file : sources_of(stage.name)) files.insert(file);
  std::set<std::string> units;
  std::vector<fs::path> all = sources_below("include");
  for (const auto& file : sources_below("src")) all.push_back(file);
  for (const auto& file : all)
    if (file.extension() == ".hpp" && says_so(file)) units.insert(unit_of(file));
  for (const auto& file : all)
    if (units.contains(unit_of(file))) files.insert(file);
  return {files.begin(), files.end()};
}

/// The lines that reach for the world: a clock, a socket, a file, a thread or a lock, a log, a loop. A file
/// is told by its flags: members may be called open, too.
std::vector<std::string> offences(const std::string& source) {
  static const std::regex kWorld(
      R"(\b(asio|glib|gst|Gst\w+|GMain\w+|pw_\w+|xcb_\w+|spdlog|fstream|iostream)\b)"
      R"(|<(sys/socket|poll|time|sys/time|unistd|fcntl|thread|mutex|shared_mutex|condition_variable|future)(\.h)?>)"
      R"(|std::(j?thread|this_thread|mutex|async|cout|cerr|clog)\b|::now\(|std::time\()"
      R"(|\bopen\(.*\bO_[A-Z]+|(^|[^\w>])::open\()"
      R"(|\b(clock_gettime|gettimeofday|getenv|sleep_for|usleep|f?printf|f?puts|fopen)\()");
  std::vector<std::string> found;
  std::istringstream lines(code_of(source));
  for (std::string line; std::getline(lines, line);)
    if (std::regex_search(line, kWorld)) found.push_back(line);
  return found;
}

TEST(SansIo, CodeHasNoClockSocketFileThreadOrLog) {
  const auto files = sans_io_files();
  EXPECT_GT(files.size(), 100U) << "most of them were not found";
  for (const auto& file : files) EXPECT_THAT(offences(text_of(file)), testing::IsEmpty()) << file;
}

/// What is kept without being declared is lost with the next change.
TEST(SansIo, AStageThatIsSoAsAWholeIsDeclaredSo) {
  for (const auto& stage : declared_stages()) {
    const auto files = sources_of(stage.name);
    const bool is_sans_io =
        std::ranges::all_of(files, [](const fs::path& file) { return offences(text_of(file)).empty(); });
    EXPECT_EQ(stage.is_sans_io, is_sans_io) << stage.name << ": pixelpass_stage in src/CMakeLists.txt";
  }
}

TEST(SansIo, OffencesAreNoticed) {
  for (const auto* line : {"#include <boost/asio/io_context.hpp>",
                           "asio::post(io, f);",
                           "#include <glib.h>",
                           "#include <gst/gst.h>",
                           "GstBuffer* buffer;",
                           "const auto t = Clock::now();",
                           "std::mutex mutex_;",
                           "#include <thread>",
                           "spdlog::info(text);",
                           "#include <sys/socket.h>",
                           "pw_stream_destroy(stream);",
                           "#include <unistd.h>",
                           "#include <fcntl.h>",
                           "const Descriptor fd(open(name, O_RDONLY | O_CLOEXEC));",
                           "auto fd = ::open(name, flags);",
                           "std::fprintf(stderr, text);",
                           "puts(text);",
                           "fputs(text, file);",
                           "std::clog << text;",
                           "const auto t = std::time(nullptr);"})
    EXPECT_EQ(offences(line).size(), 1U) << line;
}

TEST(SansIo, CommentsAndOtherWordsAreNoOffence) {
  for (const auto* line :
       {"// asio calls Clock::now()", "int occasion = largest;", "Instant now;", "f(now);", "void open();",
        "cipher.open(packet);", "feed->open(stream, O);", "Feed::open(stream);", "outputs(frame);",
        "snprintf(text, size, format);", "fields.time(key, out);", "return {time(rtt)};"})
    EXPECT_TRUE(offences(line).empty()) << line;
}

}  // namespace
}  // namespace pixelpass
