#include "cli/library_log.hpp"

#include "pixelpass/base/clean_text.hpp"
#include "pixelpass/gst/glib.hpp"

#include <glib.h>
#include <unistd.h>

#include <mutex>
#include <string>
#include <utility>

namespace pixelpass::cli {
namespace {

/// Never destroyed, since a library's thread may log at any time.
struct LibraryLines {
  std::mutex mutex;
  std::weak_ptr<LineWriter> lines;
};

LibraryLines& library_lines() {
  static auto& lines = *new LibraryLines;
  return lines;
}

std::shared_ptr<LineWriter> lines_of_libraries() {
  LibraryLines& held = library_lines();
  const std::lock_guard lock(held.mutex);
  return held.lines.lock();
}

const char* domain_of(const GLogField* fields, gsize count) {
  for (gsize i = 0; i < count; ++i)
    if (std::string_view(fields[i].key) == "GLIB_DOMAIN") return static_cast<const char*>(fields[i].value);
  return nullptr;
}

/// Whether GLib's own writer has to write it: that also ends the process, and supports systemd's journal.
bool is_for_glib(GLogLevelFlags level) {
  return (level & (G_LOG_FLAG_FATAL | G_LOG_LEVEL_ERROR)) != 0 ||
         g_log_writer_is_journald(STDERR_FILENO) != FALSE;
}

GLogWriterOutput write_library_line(GLogLevelFlags level, const GLogField* fields, gsize count,
                                    gpointer /*data*/) {
  const auto lines = lines_of_libraries();
  if (!lines || is_for_glib(level)) return g_log_writer_default(level, fields, count, nullptr);
  if (g_log_writer_default_would_drop(level, domain_of(fields, count)) != FALSE) return G_LOG_WRITER_HANDLED;
  const gst::Owned<gchar> text(g_log_writer_format_fields(level, fields, count, FALSE));
  lines->write(clean_lines(std::string(text.get()) + "\n"), LineValue::kOrdinary);
  return G_LOG_WRITER_HANDLED;
}

}  // namespace

void take_library_log(std::weak_ptr<LineWriter> lines) {
  {
    LibraryLines& held = library_lines();
    const std::lock_guard lock(held.mutex);
    held.lines = std::move(lines);
  }
  static std::once_flag once;  // GLib takes one writer, once
  std::call_once(once, [] { g_log_set_writer_func(&write_library_line, nullptr, nullptr); });
}

}  // namespace pixelpass::cli
