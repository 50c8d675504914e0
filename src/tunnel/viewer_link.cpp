#include "tunnel/viewer_link.hpp"

#include "pixelpass/wire/stream_kind.hpp"

#include <algorithm>

namespace pixelpass::tunnel {

void ViewerLink::say_hello(wire::Hello hello, const Secret& secret) {
  const auto exporter = connection_->export_keying_material();
  if (!exporter || !connection_->open_bidirectional(control_))
    return connection_->close(CloseCode::kProtocol, "the host allows no control stream", listener_.now());
  control_.append(wire::encode(wire::StreamKind::kControl), {});
  hello.proof = make_proof(secret, hello.session, *exporter);
  send(hello);
}

void ViewerLink::send(const wire::ControlMessage& message) {
  if (control_.id == kNoStream || control_.cancelled() || control_.held_bytes() > kMaxHeldControlBytes)
    return;
  control_.append({}, SharedBytes::adopt(wire::encode(message)));
}

bool ViewerLink::brings(std::uint64_t group) const {
  return std::ranges::any_of(incoming_, [group](const auto& entry) {
    const auto& reader = entry.second.reader;
    return !entry.second.broken && reader.has_group() && reader.group() == group;
  });
}

bool ViewerLink::has_only_whole_frames() const {
  return !incoming_.empty() && std::ranges::all_of(incoming_, [](const auto& entry) {
    return !entry.second.broken && entry.second.reader.at_boundary();
  });
}

void ViewerLink::abandon(std::uint64_t group) {
  for (auto& [stream, incoming] : incoming_) {
    if (!incoming.reader.has_group() || incoming.reader.group() != group || incoming.broken) continue;
    give_up(stream, incoming);
  }
}

void ViewerLink::give_up(std::int64_t stream, Incoming& incoming) {
  incoming.broken = true;
  incoming.reader.drop_partial();
  connection_->stop_receiving(stream, CloseCode::kLate);
}

void ViewerLink::bound_partial_frames() {
  std::size_t held = 0;
  for (const auto& [stream, incoming] : incoming_) held += incoming.reader.held_bytes();
  while (held > kMaxPartialBytes) {
    auto oldest = incoming_.end();
    for (auto it = incoming_.begin(); it != incoming_.end(); ++it) {
      if (it->second.reader.held_bytes() == 0) continue;
      if (oldest == incoming_.end() || it->second.reader.group() < oldest->second.reader.group()) oldest = it;
    }
    held -= oldest->second.reader.held_bytes();
    give_up(oldest->first, oldest->second);
  }
}

void ViewerLink::on_stream_data(std::int64_t stream, ByteView bytes, bool fin) {
  if (stream == control_.id) return on_control(bytes);
  const auto known = incoming_.find(stream);
  if (known == incoming_.end()) return on_new_stream(stream, bytes, fin);
  on_group_bytes(known->second, bytes, fin);
}

void ViewerLink::on_new_stream(std::int64_t stream, ByteView bytes, bool fin) {
  const auto kind = bytes.empty() ? std::nullopt : wire::parse_stream_kind(bytes.front());
  if (!kind) return connection_->ignore(stream);
  if (*kind != wire::StreamKind::kGroup || ngtcp2_is_bidi_stream(stream) != 0)
    return connection_->close(CloseCode::kProtocol, "a stream that is not in the protocol", listener_.now());
  on_group_bytes(incoming_[stream], bytes.subspan(wire::kKindBytes), fin);
}

void ViewerLink::on_control(ByteView bytes) {
  const auto exceed = [&] {
    connection_->close(CloseCode::kExcess, "too many control messages", listener_.now());
  };
  if (!budget_.take_bytes(bytes.size(), listener_.now())) return exceed();
  // A host that hears nothing has nothing to ask: this one asks, and acknowledges no answer.
  if (control_.held_bytes() > kMaxHeldControlBytes) return exceed();
  std::vector<wire::ControlMessage> messages;
  if (reader_.feed(bytes, messages) != wire::ControlReader::Status::kOk)
    return connection_->close(CloseCode::kProtocol, "a malformed control message", listener_.now());
  if (!budget_.take_unknown(reader_.take_unknown(), listener_.now())) return exceed();
  for (const auto& message : messages) {
    if (!budget_.take(message, listener_.now())) return exceed();
    const auto* welcome = std::get_if<wire::Welcome>(&message);
    if (welcome && !wire::common_version(wire::kVersions, {welcome->version, welcome->version}))
      return connection_->close(CloseCode::kProtocol, "a version that was not offered to it",
                                listener_.now());
    listener_.on_message(*this, message);
  }
}

void ViewerLink::on_group_bytes(Incoming& incoming, ByteView bytes, bool fin) {
  if (incoming.broken) return;
  listener_.on_media_bytes();
  const auto status =
      incoming.reader.feed(bytes, [this](std::uint64_t group, std::size_t index, Frame frame) {
        listener_.on_frame(*this, group, index, std::move(frame));
      });
  if (status != wire::GroupStreamReader::Status::kOk) {
    incoming.broken = true;
    return connection_->close(CloseCode::kProtocol, wire::GroupStreamReader::words(status), listener_.now());
  }
  if (fin) incoming.complete = incoming.reader.at_boundary();
  bound_partial_frames();
}

bool ViewerLink::on_stream_closed(std::int64_t stream, SendStream*) {
  const auto found = incoming_.find(stream);
  if (found == incoming_.end()) return false;
  const auto& incoming = found->second;
  if (incoming.reader.has_group())
    listener_.on_group_ended(*this, incoming.reader.group(), incoming.complete);
  incoming_.erase(found);
  return true;
}

}  // namespace pixelpass::tunnel
