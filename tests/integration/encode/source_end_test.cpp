#include "pixelpass/encode/source_end.hpp"

#include "support.hpp"
#include <gtest/gtest.h>

#include <future>
#include <memory>

namespace pixelpass::encode {
namespace {

using test::kPatience;

/// A source whose driver takes as long to end as a test wants.
class SlowSource final : public MediaSource {
 public:
  SlowSource(std::future<void> released, std::promise<void> gone)
      : released_(std::move(released)), gone_(std::move(gone)) {}
  ~SlowSource() override {
    released_.wait();
    gone_.set_value();
  }
  SlowSource(const SlowSource&) = delete;
  SlowSource& operator=(const SlowSource&) = delete;
  void play() override {}
  void pause() override {}
  void force_keyframe() override {}
  void set_bitrate(std::int64_t /*bits_per_second*/) override {}
  void set_limits(const PictureLimits& /*limits*/) override {}
  void set_muted(bool /*muted*/) override {}
  void set_opus(bool /*wanted*/) override {}
  void show(int /*source*/) override {}
  void set_covered(bool /*covered*/) override {}
  [[nodiscard]] StreamDescription describe() const override { return {}; }
  EncodeTimes take_times() override { return {}; }

 private:
  std::future<void> released_;
  std::promise<void> gone_;
};

class SourceEndTest : public testing::Test {
 protected:
  void begin() {
    std::shared_ptr<void> token(nullptr, [this](void*) { forgotten_.set_value(); });
    end_.emplace(std::make_unique<SlowSource>(release_.get_future(), std::move(gone_)),
                 [this, token = std::move(token)] { over_.set_value(); });
  }
  static bool comes(std::future<void>& what) { return what.wait_for(kPatience) == std::future_status::ready; }

  std::promise<void> release_;
  std::promise<void> gone_;
  std::future<void> has_gone_ = gone_.get_future();
  std::promise<void> forgotten_;  ///< nobody has on_over any more: it does not come after that
  std::future<void> is_forgotten_ = forgotten_.get_future();
  std::promise<void> over_;
  std::future<void> is_over_ = over_.get_future();
  std::optional<SourceEnd> end_;
};

TEST_F(SourceEndTest, IsToldOfWhenTheSourceHasGone) {
  begin();
  EXPECT_FALSE(end_->is_over());
  release_.set_value();
  ASSERT_TRUE(comes(is_over_));
  EXPECT_TRUE(end_->is_over());
  EXPECT_TRUE(comes(has_gone_));
}

TEST_F(SourceEndTest, ASourceThatHangsIsLeftBehindAndNothingIsToldOfItAnyMore) {
  begin();
  end_.reset();  // returns
  release_.set_value();
  EXPECT_TRUE(comes(has_gone_));
  ASSERT_TRUE(comes(is_forgotten_));
  EXPECT_EQ(is_over_.wait_for(0s), std::future_status::timeout);
}

}  // namespace
}  // namespace pixelpass::encode
