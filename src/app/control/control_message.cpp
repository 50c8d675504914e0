#include "app/control/control_message.hpp"

#include "pixelpass/app/host/source_options.hpp"
#include "pixelpass/base/clean_text.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace pixelpass::app {
namespace {

constexpr std::size_t kMaxControlDepth = 8;

/// Parses an object from outside, which may neither cause deep recursion nor an exception.
std::optional<boost::json::object> parse_object(std::string_view line) {
  boost::json::parse_options bounded;
  bounded.max_depth = kMaxControlDepth;
  boost::system::error_code error;
  auto value = boost::json::parse({line.data(), line.size()}, error, {}, bounded);
  if (error || !value.is_object()) return std::nullopt;
  return std::move(value.get_object());
}

std::string string_in(const boost::json::object& object, const char* key) {
  const auto* value = object.if_contains(key);
  const auto* text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::string() : std::string(text->data(), text->size());
}

std::optional<std::int64_t> integer_in(const boost::json::object& object, const char* key) {
  const auto* value = object.if_contains(key);
  if (value == nullptr || !value->is_int64()) return std::nullopt;
  return value->get_int64();
}

bool is_true_in(const boost::json::object& object, const char* key) {
  const auto* value = object.if_contains(key);
  return value != nullptr && value->is_bool() && value->get_bool();
}

bool is_bool(const boost::json::value& value) {
  return value.is_bool();
}

bool is_text(const boost::json::value& value) {
  return value.is_string();
}

bool is_text_or_integer(const boost::json::value& value) {
  return value.is_string() || value.is_int64();
}

/// An optional field.
struct OptionalField {
  ControlCommand command;
  const char* key;
  bool (*is_taken)(const boost::json::value&);
  const char* wants;
};
constexpr std::array kOptionalFields{
    OptionalField{ControlCommand::kTicket, "new", is_bool, "true or false"},
    OptionalField{ControlCommand::kTicket, "kick", is_bool, "true or false"},
    OptionalField{ControlCommand::kBitrate, "fixed", is_bool, "true or false"},
    OptionalField{ControlCommand::kScreen, "monitor", is_text_or_integer, "a monitor's name or number"},
    OptionalField{ControlCommand::kScreen, "cancel", is_bool, "true or false"},
    OptionalField{ControlCommand::kReply, "code", is_text, "the text of a reply code"},
};

/// The monitor, by its name or its number.
std::optional<std::string> monitor_in(const boost::json::object& request) {
  if (!request.contains("monitor")) return std::nullopt;
  const auto number = integer_in(request, "monitor");
  return number ? std::to_string(*number) : string_in(request, "monitor");
}

Error bad_request(std::string what) {
  return {std::move(what), R"(such as {"command":"status"}, one object a line)", ExitCode::kUsage};
}

/// The error for a request of a version that is not spoken here.
std::optional<Error> objection_to_version(const boost::json::object& request) {
  if (!request.contains("version")) return std::nullopt;
  const auto version = integer_in(request, "version");
  if (!version || *version < 1) return bad_request("\"version\" wants a number from 1 on");
  if (*version <= kControlVersion) return std::nullopt;
  return Error{"version " + std::to_string(*version) + " of the requests is not known here; " +
                   std::to_string(kControlVersion) + " is",
               "ask in that one, or run a later pixelpass as the host", ExitCode::kRefused};
}

/// A field that is not understood must not be ignored.
std::optional<Error> objection_to_fields(ControlCommand command, const boost::json::object& request) {
  for (const auto& field : kOptionalFields) {
    const auto* value = field.command == command ? request.if_contains(field.key) : nullptr;
    if (value != nullptr && !field.is_taken(*value))
      return bad_request(std::string("\"") + field.key + "\" wants " + field.wants);
  }
  return std::nullopt;
}

/// The fields of every answer.
boost::json::object answer_of(const HostName& host, std::optional<ControlCommand> command) {
  boost::json::object object{{"event", "answer"},
                             {"version", kControlVersion},
                             {"command", nullptr},
                             {"host", host.name},
                             {"pid", host.pid}};
  if (command) object["command"] = name_of(*command);
  return object;
}

std::string all_names() {
  std::string names;
  for (const auto& known : kControlNames) (names += names.empty() ? "" : ", ").append(known.name);
  return names;
}

}  // namespace

std::string_view name_of(ControlCommand command) {
  const auto* const found = std::ranges::find(kControlNames, command, &ControlName::command);
  return found == kControlNames.end() ? std::string_view() : found->name;
}

std::optional<ControlCommand> control_command(std::string_view name) {
  const auto* const found = std::ranges::find(kControlNames, name, &ControlName::name);
  if (found == kControlNames.end()) return std::nullopt;
  return found->command;
}

std::string request_line(const ControlRequest& request) {
  // An escaped byte takes six at most; bytes that JSON may not contain are removed.
  constexpr std::size_t kMostCode = (kMaxControlLine - 256) / 6;
  boost::json::object object{{"command", name_of(request.command)}};
  if (request.command == ControlCommand::kKick) object["viewer"] = request.viewer;
  if (request.command == ControlCommand::kTicket && request.renew) object["new"] = true;
  if (request.command == ControlCommand::kTicket && request.kick) object["kick"] = true;
  if (request.command == ControlCommand::kBitrate) object["bitrate_bps"] = request.bitrate_bps;
  if (request.command == ControlCommand::kShow) object["source"] = request.source;
  if (request.command == ControlCommand::kBitrate && request.fixed) object["fixed"] = true;
  if (request.command == ControlCommand::kScreen && request.monitor)
    object["monitor"] = clean_text(*request.monitor);
  if (request.command == ControlCommand::kScreen && request.cancel) object["cancel"] = true;
  if (request.command == ControlCommand::kReply) object["code"] = clean_text(request.code, kMostCode);
  return boost::json::serialize(object);
}

Result<ControlRequest> parse_request(std::string_view line) {
  const auto object = parse_object(line);
  if (!object) return bad_request("a request is a JSON object");
  if (auto objection = objection_to_version(*object)) return *std::move(objection);
  const auto command = control_command(string_in(*object, "command"));
  if (!command) return bad_request("\"command\" wants one of " + all_names());
  if (auto objection = objection_to_fields(*command, *object)) return *std::move(objection);
  ControlRequest request{.command = *command, .viewer = 0, .code = string_in(*object, "code")};
  if (*command == ControlCommand::kScreen) {
    request.monitor = monitor_in(*object);
    request.cancel = is_true_in(*object, "cancel");
    if (request.cancel && request.monitor)
      return bad_request("\"cancel\" keeps the present screen, and \"monitor\" names another one");
  }
  if (*command == ControlCommand::kTicket) {
    request.renew = is_true_in(*object, "new");
    request.kick = is_true_in(*object, "kick");
    if (request.kick && !request.renew)
      return bad_request("\"kick\" goes with \"new\": with the same ticket they would come in again");
  }
  if (*command == ControlCommand::kKick) {
    const auto viewer = integer_in(*object, "viewer");
    if (!viewer || !std::in_range<std::uint32_t>(*viewer))
      return bad_request("\"viewer\" wants the number of a viewer");
    request.viewer = static_cast<std::uint32_t>(*viewer);
  }
  if (*command == ControlCommand::kShow) {
    const auto source = integer_in(*object, "source");
    if (!source || *source < 0 || !std::in_range<int>(*source))
      return bad_request("\"source\" wants the number of a monitor or window, from 1 on, or 0 for all");
    request.source = static_cast<int>(*source);
  }
  if (*command == ControlCommand::kBitrate) {
    request.fixed = is_true_in(*object, "fixed");
    request.bitrate_bps = integer_in(*object, "bitrate_bps").value_or(0);
    if (request.bitrate_bps < kMinBitrate || request.bitrate_bps > kMaxBitrate)
      return bad_request("\"bitrate_bps\" wants bits a second, from " + std::to_string(kMinBitrate) + " to " +
                         std::to_string(kMaxBitrate));
  }
  return request;
}

boost::json::object answer_object(const HostName& host, ControlCommand command,
                                  const boost::json::object& fields) {
  auto object = answer_of(host, command);
  for (const auto& [key, value] : fields)
    if (!object.contains(key)) object[key] = value;
  return object;
}

boost::json::object error_object(const HostName& host, std::optional<ControlCommand> command,
                                 const Error& error) {
  auto object = answer_of(host, command);
  object["error"] = {
      {"what", error.what}, {"hint", error.hint}, {"exit_code", static_cast<int>(error.exit_code)}};
  return object;
}

std::optional<boost::json::object> parse_answer(std::string_view line) {
  auto object = parse_object(line);
  if (!object || string_in(*object, "event") != "answer") return std::nullopt;
  return object;
}

std::optional<Error> error_in(const boost::json::object& answer) {
  const auto* value = answer.if_contains("error");
  const auto* error = value == nullptr ? nullptr : value->if_object();
  if (error == nullptr) return std::nullopt;
  const auto code = integer_in(*error, "exit_code").value_or(static_cast<int>(ExitCode::kUsage));
  // A code of zero would mean success.
  const bool is_code = code > 0 && code <= static_cast<int>(ExitCode::kConnectionLost);
  return Error{string_in(*error, "what"), string_in(*error, "hint"),
               is_code ? static_cast<ExitCode>(code) : ExitCode::kUsage};
}

HostName host_in(const boost::json::object& answer) {
  return {string_in(answer, "host"), integer_in(answer, "pid").value_or(0)};
}

bool ControlLines::feed(std::string_view bytes) {
  if (overflowed_) return false;
  buffer_ += bytes;
  // Complete lines are taken after each piece; the rest is an incomplete line.
  overflowed_ = buffer_.size() > most_bytes_ && buffer_.find('\n') > most_bytes_;
  return !overflowed_;
}

std::optional<std::string> ControlLines::next() {
  const auto end = buffer_.find('\n');
  if (end == buffer_.npos || overflowed_) return std::nullopt;
  std::string line = buffer_.substr(0, end);
  buffer_.erase(0, end + 1);
  return line;
}

}  // namespace pixelpass::app
