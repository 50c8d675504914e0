#include "cli/clean_event.hpp"

#include "pixelpass/base/clean_text.hpp"

#include <algorithm>

namespace pixelpass::cli {
namespace {

/// The longest message of ours, which may quote several names.
constexpr std::size_t kMaxMessageBytes = 4096;

void line(std::string& text) {
  text = clean_text(text);
}

void message(std::string& text) {
  text = clean_lines(std::string_view(text).substr(0, kMaxMessageBytes));
}

/// Cleans a text and puts it on one line: lines of its own would look like ours.
void sentence(std::string& text) {
  std::ranges::replace(text, '\n', ' ');
  text = clean_text(text, kMaxMessageBytes);
}

void whole(std::string& text) {
  text = clean_lines(text);
}

void clean(StreamDescription& stream) {
  for (std::string* text : {&stream.source, &stream.encoder, &stream.audio}) line(*text);
}
void clean(app::TicketReady& event) {
  whole(event.ticket);
}
void clean(app::LinkReady& event) {
  for (auto& link : event.links) whole(link.url);
}
void clean(app::Sharing& event) {
  clean(event.stream);
}
void clean(app::Paused& event) {
  line(event.reason);
}
void clean(app::ViewerJoined& event) {
  line(event.name);
}
void clean(app::ViewerLeft& event) {
  line(event.name);
  line(event.reason);
}
void clean(app::PathChanged&) {}
void clean(app::Connecting&) {}
void clean(app::Connected& event) {
  line(event.host);
}
void clean(app::EndpointReady& event) {
  whole(event.url);
  for (std::string& word : event.mpv) whole(word);
  for (std::string& word : event.vlc) whole(word);
}
void clean(app::FirstFrame&) {}
void clean(app::ReplyCodeReady& event) {
  whole(event.code);
}
void clean(app::ReplyCodeTaken&) {}
void clean(app::PictureTarget&) {}
void clean(app::Publishing& event) {
  line(event.target);
}
void clean(app::PublishFailed& event) {
  line(event.target);
  sentence(event.what);
  sentence(event.hint);
}
void clean(app::Answer&) {}  // its host has, and so do both who show it
void clean(app::HostStats&) {}
void clean(app::ReceiveStats&) {}
void clean(app::Reconnecting& event) {
  line(event.reason);
}
void clean(app::Ended& event) {
  line(event.reason);
}
void clean(app::Notice& event) {
  message(event.what);
  message(event.hint);
}
void clean(app::Failed& event) {
  message(event.error.what);
  message(event.error.hint);
}
void clean(app::DemoProgress&) {}
void clean(app::DemoResult& event) {
  clean(event.stream);
  line(event.decoder);
}
void clean(app::Leftover& leftover) {
  line(leftover.kind);
  line(leftover.name);
  line(leftover.owner);
}
void clean(app::Removed& event) {
  clean(event.what);
}
void clean(app::Left& event) {
  clean(event.what);
  line(event.reason);
}
void clean(app::RepairResult&) {}
void clean(app::Check& event) {
  line(event.area);
  line(event.name);
  for (std::string* text : {&event.found, &event.means, &event.hint}) sentence(*text);
}
void clean(app::DoctorResult& event) {
  for (std::string& name : event.host_lacks) line(name);
  for (std::string& name : event.view_lacks) line(name);
}

}  // namespace

app::Event cleaned(app::Event event) {
  std::visit([](auto& what) { clean(what); }, event);
  return event;
}

}  // namespace pixelpass::cli
