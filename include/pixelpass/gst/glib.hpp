#pragma once

#include "pixelpass/gst/gst.hpp"

#include <gio/gio.h>

#include <memory>

namespace pixelpass::gst {

struct FreeObject {
  void operator()(gpointer handle) const noexcept { g_object_unref(handle); }
};

/// Owns one reference to a GObject that GStreamer's own kinds do not cover.
template <class T>
using Object = std::unique_ptr<T, FreeObject>;

struct FreeVariant {
  void operator()(GVariant* handle) const noexcept { g_variant_unref(handle); }
};

/// Owns one reference; a floating one is sunk first.
using Variant = std::unique_ptr<GVariant, FreeVariant>;

}  // namespace pixelpass::gst
