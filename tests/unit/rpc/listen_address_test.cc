#include "rpc/listen_address.h"

#include <string>
#include <vector>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace weir::rpc {
namespace {

TEST(ListenAddressTest, AFreePortMayBeListenedOn) {
  for (const std::string address : {"127.0.0.1:0", "localhost:0"}) {
    const auto result = check_listen_address(address);
    EXPECT_TRUE(result) << address << ": " << result.error().message;
  }
}

TEST(ListenAddressTest, AWrongAddressSaysWhatToWrite) {
  struct Row {
    std::string address, says;
  };
  const std::vector<Row> rows{
      {"9090", "HOST:PORT"},
      {":9090", "write the host"},
      {"127.0.0.1:http", "number"},
      {"127.0.0.1:", "number"},
      {"127.0.0.1:65536", "number"},
      {"127.0.0.1:-1", "number"},
      {"192.0.2.1:9090", "Cannot assign"},
      {"no such host:9090", "service not known"},
  };
  for (const Row& row : rows) {
    const auto result = check_listen_address(row.address);
    ASSERT_FALSE(result) << row.address;
    EXPECT_EQ(result.error().code, base::ErrorCode::kInvalidArgument);
    EXPECT_NE(result.error().message.find("\"" + row.address + "\""), std::string::npos) << result.error().message;
    EXPECT_NE(result.error().message.find(row.says), std::string::npos) << result.error().message;
  }
}

TEST(ListenAddressTest, APortInUseIsCalledThat) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  ASSERT_EQ(::bind(fd, generic, size), 0);
  ASSERT_EQ(::listen(fd, 1), 0);
  ASSERT_EQ(::getsockname(fd, generic, &size), 0);
  const auto result = check_listen_address("127.0.0.1:" + std::to_string(ntohs(address.sin_port)));
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().message.find("the port is in use"), std::string::npos) << result.error().message;
  ::close(fd);
}

}  // namespace
}  // namespace weir::rpc
