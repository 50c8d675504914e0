#include "playback/mpv_messages.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <cmath>

namespace pixelpass::playback {
namespace {

namespace json = boost::json;

std::optional<double> number(const json::value& value) {
  boost::system::error_code error;
  const auto found = value.to_number<double>(error);
  if (error || !std::isfinite(found)) return std::nullopt;
  return found;
}

/// The event is recognised by its text, the only sign: "Audio device underrun detected."
bool is_underrun(const json::object& event) {
  const auto* name = event.if_contains("event");
  const auto* text = event.if_contains("text");
  return name != nullptr && *name == "log-message" && text != nullptr && text->is_string() &&
         text->get_string().find("nderrun") != json::string::npos;
}

MpvAnswer answer(const json::object& object, std::int64_t request) {
  MpvAnswer answer{.request = request, .number = {}, .flag = {}};
  if (const auto* data = object.if_contains("data")) {
    answer.number = number(*data);
    if (data->is_bool()) answer.flag = data->get_bool();
  }
  return answer;
}

std::optional<MpvMessage> parse(std::string_view line) {
  boost::system::error_code error;
  json::parse_options options;
  options.max_depth = 8;
  const json::value value = json::parse(line, error, {}, options);
  const auto* object = error ? nullptr : value.if_object();
  if (object == nullptr) return std::nullopt;
  if (is_underrun(*object)) return MpvUnderrun{};
  const auto* request = object->if_contains("request_id");
  // Events have the number 0 in some versions.
  if (request == nullptr || !request->is_int64() || object->contains("event")) return std::nullopt;
  return answer(*object, request->get_int64());
}

}  // namespace

void MpvMessages::feed(std::string_view bytes, const std::function<void(const MpvMessage&)>& on_message) {
  while (!bytes.empty()) {
    const auto end = bytes.find('\n');
    const auto piece = bytes.substr(0, end);
    if (line_.size() + piece.size() > kMaxLineBytes) too_long_ = true;
    if (!too_long_) line_ += piece;
    if (end == std::string_view::npos) return;
    bytes.remove_prefix(end + 1);
    const std::string line = std::exchange(line_, {});
    if (std::exchange(too_long_, false)) continue;
    if (const auto message = parse(line)) on_message(*message);
  }
}

}  // namespace pixelpass::playback
