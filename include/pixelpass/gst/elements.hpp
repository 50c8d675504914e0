#pragma once

#include "pixelpass/gst/gst.hpp"

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

namespace pixelpass::gst {

/// What is relied upon of an element that is no encoder (encode/encoders has those).
struct ElementSettings {
  std::string_view element;
  std::span<const ElementProperty> properties;
};

/// All that we make, but for what other elements make inside themselves.
std::span<const ElementSettings> element_settings();

/// An element with its settings, as launch text: "capssetter replace=true join=false qos=false". What the one
/// that is installed does not have is left out, unless it is required. `element` is of element_settings();
/// `instead` has values in place of its settings'. Throws StartupError when GStreamer cannot be started.
std::string element_text(std::string_view element, std::initializer_list<ElementProperty> instead = {});

}  // namespace pixelpass::gst
