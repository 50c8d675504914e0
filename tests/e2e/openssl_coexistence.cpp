/// Two OpenSSLs in one process, linked as the product is: the tunnel's own, and the one that GStreamer's DTLS
/// plugin brings along. Each has to go on working while the other does.
#include "pixelpass/gst/gst.hpp"

#include "../sim/sim_call.hpp"
#include <dlfcn.h>
#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <gtest/gtest.h>
#include <link.h>
#include <openssl/crypto.h>

#include <string>

namespace pixelpass {
namespace {

constexpr GstClockTime kPatience = 30 * GST_SECOND;
constexpr std::uint64_t kSeed = 11;

/// The library or program that an address belongs to.
std::string file_of(const void* address) {
  Dl_info info{};
  return dladdr(address, &info) != 0 && info.dli_fname != nullptr ? info.dli_fname : "";
}

/// The path of a library in this process, or nothing.
std::string loaded(const std::string& name) {
  struct Search {
    const std::string& name;
    std::string path;
  } search{name, {}};
  dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* data) {
        auto* wanted = static_cast<Search*>(data);
        const std::string path = info->dlpi_name;
        if (path.find("/" + wanted->name + ".so") != path.npos) wanted->path = path;
        return 0;
      },
      &search);
  return search.path;
}

/// OpenSSL_version(OPENSSL_VERSION_STRING), as the library at `path` answers it.
std::string version_of(const std::string& path) {
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_NOLOAD);
  if (library == nullptr) return "";
  using Version = const char* (*)(int);
  const auto version = reinterpret_cast<Version>(dlsym(library, "OpenSSL_version"));
  std::string text = version != nullptr ? version(OPENSSL_VERSION_STRING) : "";
  dlclose(library);
  return text;
}

/// A host and a viewer of ours, in memory: handshake, proof, pictures.
bool tunnel_works(std::uint64_t seed) {
  sim::Call call(seed);
  call.host.show({});
  auto& viewer = call.join();
  return call.until_all_see() && viewer.damaged == 0;
}

/// Two ends of GStreamer's DTLS, each with a certificate that the plugin makes for itself.
class DtlsPair {
 public:
  DtlsPair() {
    gst::start_gstreamer();
    // A decoder goes before the encoder of the same connection: it is the one that makes it.
    pipeline_.reset(gst_parse_launch(
        "dtlsdec name=client-in connection-id=client ! appsink name=client-got sync=false async=false "
        "dtlsdec name=server-in connection-id=server ! appsink name=server-got sync=false async=false "
        "appsrc name=client-said ! dtlsenc name=client connection-id=client is-client=true ! server-in. "
        "appsrc name=server-said ! dtlsenc name=server connection-id=server ! client-in.",
        nullptr));
  }
  ~DtlsPair() {
    if (pipeline_) gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
  }
  DtlsPair(const DtlsPair&) = delete;
  DtlsPair& operator=(const DtlsPair&) = delete;

  [[nodiscard]] bool made() const { return pipeline_ != nullptr; }
  /// The server first: the plugin stumbles now and then over a client that speaks while its server starts.
  void start() {
    const auto client = element("client");
    gst_element_set_locked_state(client.get(), TRUE);
    gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING);
    gst_element_get_state(element("server").get(), nullptr, nullptr, kPatience);
    gst_element_set_locked_state(client.get(), FALSE);
    gst_element_sync_state_with_parent(client.get());
  }
  [[nodiscard]] bool connected() { return is_connected("client") && is_connected("server"); }
  /// What one end says, as the other end understands it; empty when nothing comes.
  [[nodiscard]] std::string send(const char* from, const char* to, const std::string& text) {
    GstBuffer* buffer = gst_buffer_new_allocate(nullptr, text.size(), nullptr);
    gst_buffer_fill(buffer, 0, text.data(), text.size());
    gst_app_src_push_buffer(GST_APP_SRC(element(from).get()), buffer);
    const gst::Owned<GstSample> sample(
        gst_app_sink_try_pull_sample(GST_APP_SINK(element(to).get()), kPatience));
    if (!sample) return "";
    GstBuffer* got = gst_sample_get_buffer(sample.get());
    std::string bytes(gst_buffer_get_size(got), '\0');
    gst_buffer_extract(got, 0, bytes.data(), bytes.size());
    return bytes;
  }
  [[nodiscard]] std::string certificate() {
    gchar* pem = nullptr;
    g_object_get(element("client-in").get(), "pem", &pem, nullptr);
    const gst::Owned<gchar> owned(pem);
    return pem != nullptr ? pem : "";
  }

 private:
  [[nodiscard]] gst::Owned<GstElement> element(const char* name) {
    return gst::Owned<GstElement>(gst_bin_get_by_name(GST_BIN(pipeline_.get()), name));
  }
  /// The element announces it on a thread of its own; looking is simpler.
  [[nodiscard]] bool is_connected(const char* encoder) {
    constexpr int kConnected = 4;          // GstDtlsConnectionState, which has no header
    constexpr gulong kLookEvery = 10'000;  // microseconds
    int state = 0;
    for (GstClockTime waited = 0; waited < kPatience; waited += kLookEvery * GST_USECOND) {
      g_object_get(element(encoder).get(), "connection-state", &state, nullptr);
      if (state == kConnected) return true;
      g_usleep(kLookEvery);
    }
    return false;
  }

  gst::Owned<GstElement> pipeline_;
};

TEST(OpensslCoexistence, TheTunnelAndGstreamersDtlsWorkInOneProcessEachWithItsOwnLibrary) {
  ASSERT_TRUE(tunnel_works(kSeed)) << "before the plugin is loaded";
  DtlsPair dtls;
  ASSERT_TRUE(dtls.made()) << "no DTLS in GStreamer: sudo apt install gstreamer1.0-plugins-bad";
  EXPECT_EQ(dtls.certificate().rfind("-----BEGIN CERTIFICATE-----", 0), 0u);
  dtls.start();
  EXPECT_TRUE(tunnel_works(kSeed + 1)) << "during the other's handshake";
  ASSERT_TRUE(dtls.connected());
  EXPECT_EQ(dtls.send("client-said", "server-got", "hello"), "hello");
  EXPECT_TRUE(tunnel_works(kSeed + 2)) << "after it";
  EXPECT_EQ(dtls.send("server-said", "client-got", "hello yourself"), "hello yourself");
}

TEST(OpensslCoexistence, ThePluginUsesTheSystemsLibraryAndTheTunnelItsOwn) {
  const DtlsPair dtls;
  ASSERT_TRUE(dtls.made()) << "no DTLS in GStreamer: sudo apt install gstreamer1.0-plugins-bad";
  const std::string ours = OpenSSL_version(OPENSSL_VERSION_STRING);
  const std::string ssl = loaded("libssl");
  const std::string crypto = loaded("libcrypto");
  ASSERT_NE(ssl, "") << "the plugin has brought no OpenSSL along";
  ASSERT_NE(crypto, "");
  const std::string systems = version_of(crypto);
  ASSERT_NE(systems, "");
  RecordProperty("ours", ours);
  RecordProperty("systems", systems);
  const std::string home = file_of(reinterpret_cast<const void*>(&OpenSSL_version));
  // Where the system's OpenSSL is new enough it is the tunnel's as well: one library, nothing to keep apart.
  if (home == crypto) {
    EXPECT_EQ(ours, systems);
    return;
  }
  EXPECT_EQ(home, file_of(reinterpret_cast<const void*>(&kSeed))) << "not in this program";
  EXPECT_NE(ours, systems);
}

}  // namespace
}  // namespace pixelpass
