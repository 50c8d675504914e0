#pragma once

#include "pixelpass/app/events.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <string>
#include <vector>

/// The fields of each event in event_json, and helpers that several share. Sans-IO.
namespace pixelpass::app::event_fields {

namespace json = boost::json;

double ms(Duration duration);
/// The number with two digits after the point, which is all the precision that these measurements have.
double rounded(double value);
const char* name(const net::Path& path);
json::array array_of(const std::vector<std::string>& texts);
std::vector<std::string> texts_of(const std::vector<SocketAddress>& addresses);
json::object stream_json(const StreamDescription& stream);
json::object publish_json(const HostStats::Publish& publish);

// event_fields.cpp: of both sides
json::object fields(const PathChanged& event);
json::object fields(const Ended& event);
json::object fields(const Notice& event);
json::object fields(const Failed& event);
json::object fields(const Answer& event);

// host_events.cpp
json::object fields(const TicketReady& event);
json::object fields(const LinkReady& event);
json::object fields(const Sharing& event);
json::object fields(const Paused& event);
json::object fields(const ViewerJoined& event);
json::object fields(const ViewerLeft& event);
json::object fields(const ReplyCodeTaken& event);
json::object fields(const PictureTarget& event);
json::object fields(const HostStats& event);

// publish_events.cpp
json::object fields(const Publishing& event);
json::object fields(const PublishFailed& event);

// view_events.cpp
json::object fields(const Connecting& event);
json::object fields(const Connected& event);
json::object fields(const EndpointReady& event);
json::object fields(const FirstFrame& event);
json::object fields(const Reconnecting& event);
json::object fields(const ReplyCodeReady& event);
json::object fields(const ReceiveStats& event);

// tool_events.cpp
json::object fields(const DemoProgress& event);
json::object fields(const DemoResult& event);
json::object fields(const Removed& event);
json::object fields(const Left& event);
json::object fields(const RepairResult& event);
json::object fields(const Check& event);
json::object fields(const DoctorResult& event);

}  // namespace pixelpass::app::event_fields
