// Loaded into kwin_wayland 5.27 where it draws to no screen. Its outputs in memory lack what those of a
// graphics card have, and screen sharing needs: they never say that they have changed, so that a shared
// screen gives no picture, and the texture of one is taken from whatever is being drawn to at that moment.
// Both are put right here, in the table of virtual functions of its OpenGL backend (src/backends/virtual,
// src/core/renderbackend.h of 5.27). They have one mode: with this they change it when a file asks for it.
// And where the portal asks KWin for a monitor that is made for the occasion, as the backend of a graphics
// card makes one, this one makes one of its own.
#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>

// As KWin has them in memory, as far as this needs it.
using Texture = std::shared_ptr<void>;
struct BackendPointer {
  void*** object;
  ~BackendPointer() {}  // not trivial: returned through memory, as KWin's is
};
struct Rectangle {
  int left, top, right, bottom;
};

namespace {

constexpr std::size_t kPrimaryLayer = 15;  // places in the table
constexpr std::size_t kPresent = 16;
constexpr std::size_t kBeforeTable = 2;  // the offset to the top, and the type
constexpr std::size_t kEntries = 42;
constexpr std::size_t kFramebufferInLayer = 40;  // bytes: VirtualEglLayer::m_fbo
constexpr std::size_t kSizeInMode = 8;           // bytes: OutputMode::m_size
constexpr auto kModeFile = "PIXELPASS_KWIN_MODE";

std::array<void*, kBeforeTable + kEntries> table;
void (*present_before)(void*, void*) = nullptr;

template <class Function>
Function of_kwin(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

template <class Function>
Function entry(void* object, std::size_t place) {
  return reinterpret_cast<Function>((*static_cast<void***>(object))[place]);
}

std::array<int, 2> wanted_mode() {
  std::array<int, 2> size{};
  const char* name = std::getenv(kModeFile);
  std::FILE* file = name != nullptr ? std::fopen(name, "r") : nullptr;
  if (file == nullptr) return {};
  const int read = std::fscanf(file, "%dx%d", &size[0], &size[1]);
  std::fclose(file);
  return read == 2 ? size : std::array<int, 2>{};
}

/// Such as "1024x768" in the file.
void change_mode(void* output) {
  const auto [width, height] = wanted_mode();
  const auto mode = of_kwin<std::shared_ptr<void> (*)(void*)>("_ZNK4KWin6Output11currentModeEv")(output);
  auto* size = reinterpret_cast<int*>(static_cast<char*>(mode.get()) + kSizeInMode);
  if (width <= 0 || (size[0] == width && size[1] == height)) return;
  size[0] = width;
  size[1] = height;
  for (const char* changed : {"_ZN4KWin6Output12modesChangedEv", "_ZN4KWin6Output18currentModeChangedEv",
                              "_ZN4KWin6Output15geometryChangedEv", "_ZN4KWin6Output7changedEv"})
    of_kwin<void (*)(void*)>(changed)(output);
}

/// After what KWin does itself: all of this output has changed.
void present(void* backend, void* output) {
  present_before(backend, output);
  const auto all = of_kwin<Rectangle (*)(void*)>("_ZNK4KWin6Output8geometryEv")(output);
  void* region = nullptr;
  of_kwin<void (*)(void*, const Rectangle*, int)>("_ZN7QRegionC1ERK5QRectNS_10RegionTypeE")(&region, &all, 0);
  of_kwin<void (*)(void*, void*)>("_ZN4KWin6Output12outputChangeERK7QRegion")(output, &region);
  of_kwin<void (*)(void*)>("_ZN7QRegionD1Ev")(&region);
  change_mode(output);
}

}  // namespace

#define PIXELPASS_IN_KWIN(name) __asm__(name) __attribute__((visibility("default")))

/// KWin::AbstractEglBackend::textureForOutput(): of what this output shows.
Texture texture_for_output(void* backend, void* output)
    PIXELPASS_IN_KWIN("_ZNK4KWin18AbstractEglBackend16textureForOutputEPNS_6OutputE");
Texture texture_for_output(void* backend, void* output) {
  char* layer = entry<char* (*)(void*, void*)>(backend, kPrimaryLayer)(backend, output);
  void* framebuffer = *reinterpret_cast<void**>(layer + kFramebufferInLayer);
  if (framebuffer == nullptr) return {};
  of_kwin<void (*)(void*)>("_ZN4KWin13GLFramebuffer15pushFramebufferEPS0_")(framebuffer);
  auto texture = of_kwin<Texture (*)(void*, void*)>(
      "_ZNK4KWin18AbstractEglBackend16textureForOutputEPNS_6OutputE")(backend, output);
  of_kwin<void* (*)()>("_ZN4KWin13GLFramebuffer14popFramebufferEv")();
  return texture;
}

/// KWin::OutputBackend::createVirtualOutput(), which makes none. It stays when the portal is done with it.
void* create_virtual_output(void* backend, const void* name, const int* size, double scale)
    PIXELPASS_IN_KWIN("_ZN4KWin13OutputBackend19createVirtualOutputERK7QStringRK5QSized");
void* create_virtual_output(void* backend, const void* /*name*/, const int* size, double scale) {
  return of_kwin<void* (*)(void*, const int*, double)>("_ZN4KWin14VirtualBackend9addOutputERK5QSized")(
      backend, size, scale);
}

/// KWin::VirtualBackend::createOpenGLBackend(): with a table of ours.
BackendPointer create_backend(void* platform)
    PIXELPASS_IN_KWIN("_ZN4KWin14VirtualBackend19createOpenGLBackendEv");
BackendPointer create_backend(void* platform) {
  auto backend =
      of_kwin<BackendPointer (*)(void*)>("_ZN4KWin14VirtualBackend19createOpenGLBackendEv")(platform);
  std::copy_n(*backend.object - kBeforeTable, table.size(), table.begin());
  present_before = entry<void (*)(void*, void*)>(backend.object, kPresent);
  table[kBeforeTable + kPresent] = reinterpret_cast<void*>(&present);
  *backend.object = table.data() + kBeforeTable;
  return backend;
}
