#pragma once

#include "pixelpass/app/events.hpp"

#include <boost/json/object.hpp>

namespace pixelpass::cli {

/// An event as scripts get it: "event" names it, the rest are its fields. A promise: add, never rename.
/// Sizes are bytes; times are milliseconds (rounded to 1 µs) unless the name says otherwise.
boost::json::object to_json(const app::Event& event);

}  // namespace pixelpass::cli
