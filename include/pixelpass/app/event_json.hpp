#pragma once

#include "pixelpass/app/events.hpp"

#include <boost/json/object.hpp>

#include <string>

namespace pixelpass::app {

/// An event as scripts get it: "event" names it, the rest are its fields. A promise: fields are added, never
/// renamed. Sizes are bytes; times are milliseconds (rounded to 1 µs) unless the name says otherwise.
boost::json::object to_json(const Event& event);

/// The event on one line, its texts cleaned (base/clean_text), with plain decimal numbers: Boost.JSON itself
/// writes 4.2 as 4.2E0.
std::string json_text(const boost::json::object& object);

}  // namespace pixelpass::app
