#pragma once

#include "pixelpass/gst/gst.hpp"

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

namespace pixelpass::gst {

/// The settings that we rely on for an element that is no encoder (encode/encoders has those).
struct ElementSettings {
  std::string_view element;
  std::span<const ElementProperty> properties;
};

/// All elements that we make; those inside other elements are not listed.
std::span<const ElementSettings> element_settings();

/// An element with its settings, as launch text: "capssetter replace=true join=false qos=false". Settings
/// that the installed version lacks are left out, unless they are required. `element` is one of
/// element_settings(); `instead` replaces values. Throws StartupError when GStreamer cannot be started.
std::string element_text(std::string_view element, std::initializer_list<ElementProperty> instead = {});

}  // namespace pixelpass::gst
