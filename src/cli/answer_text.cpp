#include "cli/answer_text.hpp"

#include "pixelpass/app/control/control_request.hpp"

#include "cli/quantities.hpp"
#include <boost/json/array.hpp>

#include <cmath>
#include <cstdint>
#include <string_view>

namespace pixelpass::cli {
namespace {

namespace json = boost::json;

std::string text_in(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  const auto* text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::string() : std::string(text->data(), text->size());
}

/// The field's number, rounded; 0 if it has none.
std::int64_t number_in(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  if (value == nullptr || !value->is_number()) return 0;
  boost::system::error_code error;
  const auto number = value->to_number<double>(error);
  constexpr double kMost = 1e15;
  return !error && std::abs(number) < kMost ? std::llround(number) : 0;
}

bool is_true_in(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value != nullptr && value->is_bool() && value->get_bool();
}

const json::array* list_in(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value == nullptr ? nullptr : value->if_array();
}

std::string stream_text(const json::object& status) {
  std::string text = text_in(status, "source");
  if (text.empty()) return text;
  if (const auto width = number_in(status, "width"); width > 0)
    text += ", " + std::to_string(width) + "x" + std::to_string(number_in(status, "height"));
  if (const auto shown = number_in(status, "shown"); shown > 0)
    text += ", number " + std::to_string(shown) + " alone of " + std::to_string(number_in(status, "sources"));
  return " " + text + ", " + text_in(status, "encoder");
}

std::string viewer_text(const json::object& viewer) {
  std::string text = "\n  " + std::to_string(number_in(viewer, "viewer"));
  for (const char* key : {"name", "address", "path"})
    if (const auto part = text_in(viewer, key); !part.empty()) text += "  " + part;
  if (!viewer.contains("rtt_ms")) return text;
  text += "  " + bitrate_text(number_in(viewer, "bitrate_bps")) + ", round trip " +
          std::to_string(number_in(viewer, "rtt_ms")) + " ms, lag " +
          std::to_string(number_in(viewer, "lag_ms")) + " ms";
  if (is_true_in(viewer, "player_slow")) return text + "; its player does not show all pictures in time";
  if (!is_true_in(viewer, "left_behind")) return text;
  return text + "; left behind: its line carries " + bitrate_text(number_in(viewer, "line_bps"));
}

std::string publish_text(const json::object& publish) {
  const auto state = text_in(publish, "state");
  std::string text = "\n  " + text_in(publish, "target") + "  " + state;
  if (state == "publishing") text += "  " + bitrate_text(number_in(publish, "bitrate_bps"));
  if (const auto skipped = number_in(publish, "skipped_groups"); skipped > 0)
    text += "; too slow, " + std::to_string(skipped) + " groups left out";
  return text;
}

std::string status_text(const json::object& status) {
  std::string text = text_in(status, "host") + " (" + std::to_string(number_in(status, "pid")) +
                     "): " + text_in(status, "state") + stream_text(status);
  if (const auto reason = text_in(status, "reason"); !reason.empty()) text += " (" + reason + ")";
  for (const char* key : {"locked", "muted"})
    if (is_true_in(status, key)) text += std::string("; ") + key;
  if (const auto* publishes = list_in(status, "publishes"))
    for (const auto& publish : *publishes)
      if (const auto* fields = publish.if_object()) text += publish_text(*fields);
  const auto* viewers = list_in(status, "viewers");
  if (viewers == nullptr || viewers->empty()) return text + "\nnobody watches";
  for (const auto& viewer : *viewers)
    if (const auto* fields = viewer.if_object()) text += viewer_text(*fields);
  return text;
}

std::string reply_text(const json::object& answer) {
  std::string addresses;
  if (const auto* list = list_in(answer, "addresses"))
    for (const auto& address : *list)
      if (const auto* text = address.if_string())
        addresses += (addresses.empty() ? "" : ", ") + std::string(text->data(), text->size());
  return "reply code taken; the host tries to get through to " + addresses;
}

}  // namespace

std::string answer_text(const json::object& answer) {
  using app::ControlCommand;
  switch (app::control_command(text_in(answer, "command")).value_or(ControlCommand::kStatus)) {
    case ControlCommand::kStatus:
      return status_text(answer);
    case ControlCommand::kTicket:
      return text_in(answer, "ticket");
    case ControlCommand::kReply:
      return reply_text(answer);
    case ControlCommand::kKick:
      return "sent away";
    case ControlCommand::kLock:
      return "locked: nobody new comes in; who was in before may come back";
    case ControlCommand::kUnlock:
      return "unlocked: the ticket lets newcomers in again";
    case ControlCommand::kPause:
      return is_true_in(answer, "card")
                 ? "paused: viewers see a card that says so, and hear silence"
                 : "paused: viewers keep the picture that they have, as a stream that is passed through "
                   "cannot be covered with a card";
    case ControlCommand::kResume:
      return "goes on";
    case ControlCommand::kMute:
      return "muted: viewers hear silence";
    case ControlCommand::kUnmute:
      return "unmuted: the sound is shared again";
    case ControlCommand::kShow:
      return "shown from now on";
    case ControlCommand::kBitrate:
      return is_true_in(answer, "fixed")
                 ? "the picture has that bitrate from now on, whatever the lines carry"
                 : "the picture has at most that bitrate from now on";
    case ControlCommand::kScreen:
      if (is_true_in(answer, "cancelled")) return "the present screen stays";
      return "the present screen is shared until the other one is chosen; where your desktop asks, answer "
             "its "
             "dialog";
    case ControlCommand::kStop:
      return "stopped";
  }
  return {};
}

}  // namespace pixelpass::cli
