// An engine that takes WHIP, which publish_test.py drives: says where, then what it is asked, and twice a
// second how many pictures and pieces of sound it has decoded.
#include "../integration/publish/whip_endpoint.hpp"
#include <boost/asio/steady_timer.hpp>

#include <cstdio>

namespace {

using namespace pixelpass;

void count(const publish::WhipEndpoint& endpoint, boost::asio::steady_timer& timer) {
  if (endpoint.engine)
    std::printf("decoded %d %d\n", endpoint.engine->pictures.load(), endpoint.engine->audio_units.load());
  timer.expires_after(std::chrono::milliseconds(500));
  timer.async_wait([&](const auto&) { count(endpoint, timer); });
}

}  // namespace

int main() {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  gst::start_gstreamer();
  boost::asio::io_context io;
  publish::WhipEndpoint endpoint(io);
  endpoint.serve = [&](const publish::HttpAsked& asked, const publish::WhipEndpoint::Reply& reply) {
    const std::string method(asked.method_string()), who(asked[publish::http::field::authorization]);
    std::printf("asked %s %s\n", method.c_str(), who.c_str());
    if (method == "POST") return endpoint.negotiate(asked, reply);
    reply(publish::WhipEndpoint::answer(200));
  };
  std::printf("listens %s\n", endpoint.url().c_str());
  boost::asio::steady_timer timer(io);
  count(endpoint, timer);
  io.run();
}
