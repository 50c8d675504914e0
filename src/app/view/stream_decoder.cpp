#include "app/view/stream_decoder.hpp"

#include "pixelpass/base/bytes.hpp"
#include "pixelpass/base/distribution.hpp"
#include "pixelpass/gst/elements.hpp"
#include "pixelpass/gst/pipeline.hpp"
#include "pixelpass/net/endpoint.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <gst/app/gstappsrc.h>
#include <gst/gst.h>

#include <array>
#include <atomic>

namespace pixelpass::app {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::asio::ip::tcp;

using gst::Owned;

constexpr std::size_t kReadBytes = 64 << 10;
/// H.264 decoders, the best first.
constexpr std::array<const char*, 4> kDecoders = {"avdec_h264", "openh264dec", "vah264dec", "v4l2h264dec"};

struct Url {
  SocketAddress address;
  std::string host;
  std::string path;
};

Url parse(const std::string& url) {
  constexpr std::string_view kScheme = "http://";
  const auto slash = url.find('/', kScheme.size());
  const std::string host = url.substr(kScheme.size(), slash - kScheme.size());
  const auto address = SocketAddress::parse(host);
  if (!url.starts_with(kScheme) || slash == url.npos || !address)
    throw StartupError("not the URL of a local endpoint: " + url, "run it again with --log-level debug");
  return {*address, host, url.substr(slash)};
}

std::string other_decoder() {
  return "install another decoder: " + StreamDecoder::install_command();
}

}  // namespace

class StreamDecoder::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(boost::asio::io_context& io, Url url, const std::string& decoder);
  ~Impl();
  void connect();
  void close();
  Counters counters();

 private:
  static GstPadProbeReturn on_picture(GstPad*, GstPadProbeInfo*, gpointer self) noexcept;
  void request();
  void read();
  void on_body(std::size_t bytes);
  void broke(const boost::system::error_code& error);

  const Url url_;
  tcp::socket socket_;
  http::request<http::empty_body> request_;
  http::response_parser<http::buffer_body> response_;
  beast::flat_buffer buffered_;
  std::array<std::uint8_t, kReadBytes> body_{};
  std::uint64_t errors_ = 0;
  std::atomic<std::uint64_t> pictures_{0};  ///< counted by a streaming thread
  Owned<GstElement> pipeline_;
  Owned<GstElement> source_;
};

StreamDecoder::Impl::Impl(boost::asio::io_context& io, Url url, const std::string& decoder)
    : url_(std::move(url)), socket_(io) {
  const std::string description = gst::element_text("appsrc", {{"format", "bytes"}, {"is-live", "false"}}) +
                                  " name=in ! " + gst::element_text("tsdemux") + " ! " +
                                  gst::element_text("h264parse") + " ! " + gst::element_text(decoder) +
                                  " ! " + gst::element_text("fakesink") + " name=out";
  pipeline_ = gst::parse_launch(description, "GStreamer cannot decode here", other_decoder());
  source_ = gst::element_of(pipeline_.get(), "in");
  const Owned<GstElement> sink = gst::element_of(pipeline_.get(), "out");
  const Owned<GstPad> pad(gst_element_get_static_pad(sink.get(), "sink"));
  gst_pad_add_probe(pad.get(), GST_PAD_PROBE_TYPE_BUFFER, &Impl::on_picture, this, nullptr);
  if (gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING) != GST_STATE_CHANGE_FAILURE) return;
  gst::stop_pipeline(pipeline_.get());
  throw StartupError("GStreamer cannot decode here: " + decoder + " does not start", other_decoder());
}

StreamDecoder::Impl::~Impl() {
  gst::stop_pipeline(pipeline_.get());
}

GstPadProbeReturn StreamDecoder::Impl::on_picture(GstPad*, GstPadProbeInfo*, gpointer self) noexcept {
  static_cast<Impl*>(self)->pictures_.fetch_add(1, std::memory_order_relaxed);
  return GST_PAD_PROBE_OK;
}

void StreamDecoder::Impl::connect() {
  socket_.async_connect(net::to_endpoint<tcp::endpoint>(url_.address),
                        [self = shared_from_this()](const auto& error) {
                          if (error) return self->broke(error);
                          self->request();
                        });
}

void StreamDecoder::Impl::request() {
  request_ = {http::verb::get, url_.path, 11};
  request_.set(http::field::host, url_.host);
  response_.body_limit(boost::none);
  http::async_write(socket_, request_, [self = shared_from_this()](const auto& error, std::size_t) {
    if (error) return self->broke(error);
    self->read();
  });
}

void StreamDecoder::Impl::read() {
  auto& body = response_.get().body();
  body.data = body_.data();
  body.size = body_.size();
  body.more = true;
  http::async_read_some(socket_, buffered_, response_,
                        [self = shared_from_this()](boost::system::error_code error, std::size_t) {
                          if (error == http::error::need_buffer) error = {};
                          self->on_body(kReadBytes - self->response_.get().body().size);
                          if (error) return self->broke(error);
                          if (!self->response_.is_done()) self->read();
                        });
}

void StreamDecoder::Impl::on_body(std::size_t bytes) {
  if (bytes == 0) return;
  GstBuffer* buffer = gst_buffer_new_memdup(body_.data(), bytes);
  if (gst_app_src_push_buffer(GST_APP_SRC(source_.get()), buffer) != GST_FLOW_OK) ++errors_;
}

void StreamDecoder::Impl::broke(const boost::system::error_code& error) {
  const bool ended = error == boost::asio::error::operation_aborted || error == http::error::end_of_stream;
  if (!ended) ++errors_;
}

void StreamDecoder::Impl::close() {
  boost::system::error_code ignored;
  socket_.close(ignored);
}

StreamDecoder::Counters StreamDecoder::Impl::counters() {
  constexpr auto kBad = static_cast<GstMessageType>(GST_MESSAGE_ERROR | GST_MESSAGE_WARNING);
  const Owned<GstBus> bus(gst_element_get_bus(pipeline_.get()));
  while (const Owned<GstMessage> message{gst_bus_pop_filtered(bus.get(), kBad)}) ++errors_;
  return {pictures_.load(std::memory_order_relaxed), errors_};
}

std::optional<std::string> StreamDecoder::find_decoder() {
  gst_init(nullptr, nullptr);
  for (const char* name : kDecoders)
    if (const Owned<GstElementFactory> factory{gst_element_factory_find(name)}) return name;
  return std::nullopt;
}

std::string StreamDecoder::install_command() {
  constexpr std::array<PackageNames, 1> kPackages{
      {{"gstreamer1.0-libav", "gstreamer1-plugin-libav", "gst-libav", "gstreamer-plugins-libav"}}};
  return pixelpass::install_command(kPackages);
}

StreamDecoder::StreamDecoder(boost::asio::io_context& io, const std::string& url,
                             const std::string& decoder) {
  gst_init(nullptr, nullptr);
  impl_ = std::make_shared<Impl>(io, parse(url), decoder);
  impl_->connect();
}

StreamDecoder::~StreamDecoder() {
  impl_->close();
}

StreamDecoder::Counters StreamDecoder::counters() {
  return impl_->counters();
}

}  // namespace pixelpass::app
