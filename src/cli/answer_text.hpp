#pragma once

#include <boost/json/object.hpp>

#include <string>

namespace pixelpass::cli {

/// A running host's answer as text for people. Missing fields, as a host of another version may have, are
/// left out.
std::string answer_text(const boost::json::object& answer);

}  // namespace pixelpass::cli
