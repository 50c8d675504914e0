#include "pixelpass/encode/va_probe.hpp"

#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <optional>
#include <string>

/// In place of libdrm's: what says that /dev/null (character device 1:3) is a render node, so that libva's
/// own vaGetDisplayDRM() works without a GPU. Anything else is asked of libdrm.
extern "C" __attribute__((visibility("default"))) int drmGetNodeTypeFromFd(int fd) {
  constexpr int kRenderNode = 2;  // DRM_NODE_RENDER
  struct stat status {};
  if (fstat(fd, &status) == 0 && S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3))
    return kRenderNode;
  const auto real = reinterpret_cast<int (*)(int)>(dlsym(RTLD_NEXT, "drmGetNodeTypeFromFd"));
  return real != nullptr ? real(fd) : -1;
}

namespace pixelpass::encode {
namespace {

namespace fs = std::filesystem;

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

/// Variables as they were before, at the end.
class Environment {
 public:
  ~Environment() {
    for (const auto& [name, value] : before_) {
      if (value) {
        setenv(name.c_str(), value->c_str(), 1);
      } else {
        unsetenv(name.c_str());
      }
    }
  }
  void set(const std::string& name, const std::string& value) {
    const char* was = std::getenv(name.c_str());
    before_.try_emplace(name, was != nullptr ? std::optional<std::string>(was) : std::nullopt);
    setenv(name.c_str(), value.c_str(), 1);
  }

 private:
  std::map<std::string, std::optional<std::string>> before_;
};

/// A machine of folders: render nodes that are /dev/null, and the fake driver.
class VaProbe : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "pixelpass-va-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    root_ = name;
    places_.devices = root_ / "dri";
    places_.sysfs = root_ / "drm";
    fs::create_directories(places_.devices);
    environment_.set("LIBVA_DRIVERS_PATH", PIXELPASS_FAKE_VA_FOLDER);
    use_driver("pixelpass_fake", "slice");
  }
  void TearDown() override { fs::remove_all(root_); }

  void use_driver(const std::string& name, const std::string& kind) {
    environment_.set("LIBVA_DRIVER_NAME", name);
    environment_.set("PIXELPASS_FAKE_VA", kind);
  }
  void add_node(const std::string& name) { fs::create_symlink("/dev/null", places_.devices / name); }
  void add_vendor(const std::string& name, const std::string& id) {
    fs::create_directories(places_.sysfs / name / "device");
    std::ofstream(places_.sysfs / name / "device" / "vendor") << id << '\n';
  }
  VaNode only_node() {
    VaReport report = probe_va(places_);
    EXPECT_EQ(report.nodes.size(), 1U);
    return report.nodes.empty() ? VaNode{} : report.nodes.front();
  }

  fs::path root_;
  VaPlaces places_;
  Environment environment_;
};

TEST_F(VaProbe, DriverThatEncodesIsNamedWithItsModesAndProfiles) {
  add_node("renderD128");
  const VaNode node = only_node();
  EXPECT_EQ(node.state, VaState::kEncodes);
  EXPECT_EQ(node.path, (places_.devices / "renderD128").string());
  EXPECT_EQ(node.driver, "pixelpass fake driver");
  EXPECT_TRUE(node.full.there);
  EXPECT_TRUE(node.full.constant_rate);
  EXPECT_THAT(node.full.profiles, ElementsAre("constrained-baseline", "main", "high"));
  EXPECT_FALSE(node.low_power.there);
}

TEST_F(VaProbe, DriverThatEncodesInLowPowerModeOnlyIsToldApart) {
  use_driver("pixelpass_fake", "low-power");
  add_node("renderD128");
  const VaNode node = only_node();
  EXPECT_EQ(node.state, VaState::kEncodes);
  EXPECT_FALSE(node.full.there);
  EXPECT_TRUE(node.low_power.there);
  EXPECT_TRUE(node.low_power.constant_rate);
}

TEST_F(VaProbe, DriverWithBothModesHasBoth) {
  use_driver("pixelpass_fake", "both");
  add_node("renderD128");
  const VaNode node = only_node();
  EXPECT_TRUE(node.full.there);
  EXPECT_TRUE(node.low_power.there);
}

TEST_F(VaProbe, DriverThatOnlyDecodesDoesNotEncodeH264) {
  use_driver("pixelpass_fake", "decoder");
  add_node("renderD128");
  const VaNode node = only_node();
  EXPECT_EQ(node.state, VaState::kNoH264);
  EXPECT_EQ(node.driver, "pixelpass fake driver");
}

TEST_F(VaProbe, DriverWithoutConstantBitrateSaysSo) {
  use_driver("pixelpass_fake", "no-cbr");
  add_node("renderD128");
  const VaNode node = only_node();
  EXPECT_TRUE(node.full.there);
  EXPECT_FALSE(node.full.constant_rate);
}

TEST_F(VaProbe, DriverThatDoesNotStartCountsAsNone) {
  use_driver("pixelpass_fake", "fails");
  add_node("renderD128");
  const VaNode node = only_node();
  EXPECT_EQ(node.state, VaState::kNoDriver);
  EXPECT_THAT(node.detail, Not(IsEmpty()));
  EXPECT_THAT(node.driver, IsEmpty());
}

TEST_F(VaProbe, AnswerOfAQuestionThatFailedIsNotTaken) {
  add_node("renderD128");
  for (const char* kind : {"profiles-fail", "entrypoints-fail"}) {
    use_driver("pixelpass_fake", kind);
    EXPECT_EQ(only_node().state, VaState::kNoH264) << kind;
  }
  use_driver("pixelpass_fake", "attributes-fail");
  EXPECT_TRUE(only_node().full.there);
  EXPECT_FALSE(only_node().full.constant_rate);
}

TEST_F(VaProbe, DriverThatSaysItFilledInMoreThanThereWasRoomForIsReadNoFurther) {
  use_driver("pixelpass_fake", "boasts");
  add_node("renderD128");
  const VaNode node = only_node();
  EXPECT_EQ(node.state, VaState::kEncodes);
  EXPECT_THAT(node.full.profiles, ElementsAre("constrained-baseline", "main", "high"));
}

TEST_F(VaProbe, DriverThatIsNotInstalledCountsAsNone) {
  use_driver("of_nobody", "slice");
  add_node("renderD128");
  EXPECT_EQ(only_node().state, VaState::kNoDriver);
}

TEST_F(VaProbe, NothingIsPrintedWhateverGoesWrong) {
  add_node("renderD128");
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  for (const char* kind : {"slice", "fails", "decoder"}) {
    use_driver("pixelpass_fake", kind);
    probe_va(places_);
  }
  use_driver("of_nobody", "");
  probe_va(places_);
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST_F(VaProbe, MachineWithoutAGpuHasNoNodes) {
  EXPECT_THAT(probe_va(places_).nodes, IsEmpty());
  fs::remove_all(places_.devices);
  EXPECT_THAT(probe_va(places_).nodes, IsEmpty());
}

TEST_F(VaProbe, OnlyRenderNodesAreAskedInTheOrderOfTheirNumbers) {
  for (const char* name : {"renderD1000", "card0", "renderD129", "renderD128", "by-path"}) add_node(name);
  std::vector<std::string> names;
  for (const VaNode& node : probe_va(places_).nodes) names.push_back(fs::path(node.path).filename());
  EXPECT_THAT(names, ElementsAre("renderD128", "renderD129", "renderD1000"));
}

TEST_F(VaProbe, NodeOfAnotherGroupIsAQuestionOfPermission) {
  const fs::path path = places_.devices / "renderD128";
  std::ofstream(path).close();
  fs::permissions(path, fs::perms::none);
  fs::permissions(root_, fs::perms::all);
  // Root opens everything: so this thread touches files as nobody for a moment.
  const int user = setfsuid(65534);
  const VaNode node = only_node();
  setfsuid(static_cast<uid_t>(user));
  EXPECT_EQ(node.state, VaState::kNoPermission);
  EXPECT_THAT(node.detail, HasSubstr("denied"));
}

TEST_F(VaProbe, FileThatIsNotAGpusCannotBeUsed) {
  std::ofstream(places_.devices / "renderD128").close();
  EXPECT_EQ(only_node().state, VaState::kCannotOpen);
}

TEST_F(VaProbe, NodeThatCannotBeOpenedSaysWhy) {
  fs::create_symlink(root_ / "nothing", places_.devices / "renderD128");
  const VaNode node = only_node();
  EXPECT_EQ(node.state, VaState::kCannotOpen);
  EXPECT_THAT(node.detail, HasSubstr("No such file"));
}

TEST_F(VaProbe, GpusMakerIsKnownWithoutItsDriver) {
  use_driver("of_nobody", "");
  const std::map<std::string, GpuMaker> makers{{"0x8086", GpuMaker::kIntel},
                                               {"0x1002", GpuMaker::kAmd},
                                               {"0x10de", GpuMaker::kNvidia},
                                               {"0x1af4", GpuMaker::kUnknown}};
  add_node("renderD128");
  EXPECT_EQ(only_node().maker, GpuMaker::kUnknown);
  for (const auto& [id, maker] : makers) {
    add_vendor("renderD128", id);
    EXPECT_EQ(only_node().maker, maker) << id;
  }
}

TEST_F(VaProbe, DisplayMayComeFromElsewhere) {
  add_node("renderD128");
  int asked = 0;
  places_.open_display = [&](int fd) -> void* {
    EXPECT_GE(fd, 0);
    ++asked;
    return nullptr;
  };
  EXPECT_EQ(only_node().state, VaState::kCannotOpen);
  EXPECT_EQ(asked, 1);
}

}  // namespace
}  // namespace pixelpass::encode
