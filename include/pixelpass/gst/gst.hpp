#pragma once

#include <gst/gst.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace pixelpass::gst {

/// Frees one reference (or the memory) of any GLib or GStreamer handle that we own.
struct Free {
  void operator()(GstElement* handle) const noexcept { gst_object_unref(handle); }
  void operator()(GstElementFactory* handle) const noexcept { gst_object_unref(handle); }
  void operator()(GstBus* handle) const noexcept { gst_object_unref(handle); }
  void operator()(GstPad* handle) const noexcept { gst_object_unref(handle); }
  void operator()(GstClock* handle) const noexcept { gst_object_unref(handle); }
  void operator()(GstSample* handle) const noexcept { gst_sample_unref(handle); }
  void operator()(GstBuffer* handle) const noexcept { gst_buffer_unref(handle); }
  void operator()(GstCaps* handle) const noexcept { gst_caps_unref(handle); }
  void operator()(GstMessage* handle) const noexcept { gst_message_unref(handle); }
  void operator()(GMainContext* handle) const noexcept { g_main_context_unref(handle); }
  void operator()(GSource* handle) const noexcept { g_source_unref(handle); }
  void operator()(GError* handle) const noexcept { g_error_free(handle); }
  void operator()(gchar* handle) const noexcept { g_free(handle); }
};

/// Owns one reference; whoever makes it from a floating one sinks it first.
template <class T>
using Owned = std::unique_ptr<T, Free>;

/// Initialises GStreamer once a process, without any arguments of ours; throws StartupError when it cannot.
/// Its plugin cache is read, and a scanner process is started only when plugins have changed since.
void start_gstreamer();

/// What to do if GStreamer or its basic elements fail: the command that installs them.
std::string gstreamer_hint();

/// Whether an element of this name can be made.
bool has_element(std::string_view name);

/// A setting of an element, by name, since versions and drivers differ in which they have. Settings that we
/// rely on are set even if they are the default: a wrapper's default is not always its library's, nor the
/// next version's.
struct ElementProperty {
  std::string_view name;
  std::string_view value;  ///< as gst-launch takes it
  /// Whether the element is of no use without it. Other settings are applied if they exist.
  bool required = false;
};

/// False: there is no such property, or it does not accept this value. A number out of range becomes the
/// nearest valid one.
bool set_property(GstElement* element, std::string_view name, std::string_view value);

/// Sets them in this order. The first required one that the element does not take, or null.
const ElementProperty* set_properties(GstElement* element, std::span<const ElementProperty> properties);

}  // namespace pixelpass::gst
