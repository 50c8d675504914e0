#include "encode/conversion_pool.hpp"

#include <future>
#include <memory>

namespace pixelpass::encode {
namespace {

using Task = std::future<void>;

/// Starts a thread for the task, or leaves it to join() where none can be had. It must not run here:
/// GStreamer pushes under a lock that the tasks take, too.
gpointer push(GstTaskPool* /*pool*/, GstTaskPoolFunction function, gpointer data,
              GError** /*error*/) noexcept {
  constexpr auto kThreadIfThereIsOne = std::launch::async | std::launch::deferred;
  return new Task(std::async(kThreadIfThereIsOne, function, data));
}

void join(GstTaskPool* /*pool*/, gpointer task) noexcept {
  const std::unique_ptr<Task> owned(static_cast<Task*>(task));
  if (owned) owned->get();
}

void prepare_pool(GstTaskPool* /*pool*/, GError** /*error*/) noexcept {}
void clean_up_pool(GstTaskPool* /*pool*/) noexcept {}

void define(gpointer pool_class, gpointer /*data*/) noexcept {
  auto* const methods = GST_TASK_POOL_CLASS(pool_class);
  methods->prepare = prepare_pool;
  methods->cleanup = clean_up_pool;
  methods->push = push;
  methods->join = join;
  methods->dispose_handle = join;
}

GType pool_type() {
  static const GType type =
      g_type_register_static_simple(GST_TYPE_TASK_POOL, "PixelpassConversionPool", sizeof(GstTaskPoolClass),
                                    define, sizeof(GstTaskPool), nullptr, GTypeFlags{});
  return type;
}

}  // namespace

gst::Object<GstTaskPool> make_conversion_pool() {
  auto* const floating = static_cast<GstTaskPool*>(g_object_new(pool_type(), nullptr));
  return gst::Object<GstTaskPool>(static_cast<GstTaskPool*>(gst_object_ref_sink(floating)));
}

}  // namespace pixelpass::encode
