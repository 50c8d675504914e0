#pragma once

#include <boost/json/object.hpp>

#include <string>

namespace pixelpass::cli {

/// What a person reads of a running host's answer. Fields that are not there, as a host of another version
/// may have it, are left out.
std::string answer_text(const boost::json::object& answer);

}  // namespace pixelpass::cli
