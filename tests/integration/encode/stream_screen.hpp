#pragma once

#include "pixelpass/gst/media_thread.hpp"

#include "../capture/picture_stream_fixture.hpp"
#include "capture/portal/offer_ladder.hpp"

#include <memory>
#include <utility>

namespace pixelpass::encode::test {

/// A screen in PipeWire, captured as PortalCapture does, but that nobody is asked and nothing is renewed.
class StreamScreen final : public capture::ScreenCapture {
 public:
  StreamScreen(std::uint32_t node, capture::ScreenCallbacks callbacks)
      : node_(node), callbacks_(std::move(callbacks)) {}
  ~StreamScreen() override {
    media_->call([this] { stream_.reset(); });
    media_.reset();
  }
  StreamScreen(const StreamScreen&) = delete;
  StreamScreen& operator=(const StreamScreen&) = delete;

  void play() override {
    media_->call([this] { connect(); });
  }
  void pause() override {
    media_->call([this] { stream_.reset(); });
  }
  void allow_dma_bufs(const capture::DmaBufFormats& formats) override {
    media_->post([this, formats] {
      if (ladder_.set_dma_bufs(formats) && stream_) stream_->offer(ladder_.offer());
    });
  }
  [[nodiscard]] capture::ScreenDescription describe() const override { return {"test", 320, 240}; }

 private:
  void connect() {
    stream_.reset();
    stream_ = std::make_unique<capture::PictureStream>(
        loop_, capture::test::open_remote(), node_, ladder_.offer(),
        capture::PictureStream::Callbacks{[this](gst::Owned<GstSample> picture, Instant at) {
                                            callbacks_.on_picture(std::move(picture), at);
                                          },
                                          [this] { media_->post([this] { look(); }); }});
  }
  void look() {
    if (!stream_) return;
    if (const auto layout = stream_->take_failed_import(); layout && ladder_.on_import_failed(*layout))
      stream_->offer(ladder_.offer());
    if (stream_->state() == capture::PictureStream::State::kStuck) connect();
  }

  const std::uint32_t node_;
  const capture::ScreenCallbacks callbacks_;
  capture::ScreenLoop loop_;
  // The media thread's.
  capture::OfferLadder ladder_{{}, 30};
  std::unique_ptr<capture::PictureStream> stream_;
  std::unique_ptr<gst::MediaThread> media_ = std::make_unique<gst::MediaThread>();
};

}  // namespace pixelpass::encode::test
