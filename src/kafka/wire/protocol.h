#pragma once

#include <cstdint>
#include <string_view>

namespace weir::kafka::wire {

// The requests that this client makes, by their numbers in Kafka's protocol guide.
enum class ApiKey : std::int16_t {
  kFetch = 1,
  kListOffsets = 2,
  kMetadata = 3,
  kOffsetFetch = 9,
  kFindCoordinator = 10,
  kSaslHandshake = 17,
  kApiVersions = 18,
  kSaslAuthenticate = 36,
};

// The version of a request that this client speaks: one that every broker from 3.0 on knows.
struct Api {
  ApiKey key;
  std::int16_t version;
  bool flexible;  // header version 2 and compact types (KIP-482)
};

inline constexpr Api kFetch{ApiKey::kFetch, 12, true};
inline constexpr Api kListOffsets{ApiKey::kListOffsets, 6, true};
inline constexpr Api kMetadata{ApiKey::kMetadata, 9, true};
inline constexpr Api kOffsetFetch{ApiKey::kOffsetFetch, 8, true};
inline constexpr Api kFindCoordinator{ApiKey::kFindCoordinator, 4, true};
inline constexpr Api kSaslHandshake{ApiKey::kSaslHandshake, 1, false};
inline constexpr Api kApiVersions{ApiKey::kApiVersions, 3, true};
inline constexpr Api kSaslAuthenticate{ApiKey::kSaslAuthenticate, 2, true};

std::string_view to_string(ApiKey key);

// Error codes of the protocol guide that this client acts on; others keep their number.
enum class KafkaError : std::int16_t {
  kUnknownServerError = -1,
  kNone = 0,
  kOffsetOutOfRange = 1,
  kUnknownTopicOrPartition = 3,
  kLeaderNotAvailable = 5,
  kNotLeaderOrFollower = 6,
  kRequestTimedOut = 7,
  kReplicaNotAvailable = 9,
  kCoordinatorLoadInProgress = 14,
  kCoordinatorNotAvailable = 15,
  kNotCoordinator = 16,
  kInvalidTopic = 17,
  kInvalidGroupId = 24,
  kTopicAuthorizationFailed = 29,
  kGroupAuthorizationFailed = 30,
  kUnsupportedSaslMechanism = 33,
  kUnsupportedVersion = 35,
  kKafkaStorageError = 56,
  kSaslAuthenticationFailed = 58,
  kGroupIdNotFound = 69,
  kFetchSessionIdNotFound = 70,
  kInvalidFetchSessionEpoch = 71,
  kFencedLeaderEpoch = 74,
  kUnknownLeaderEpoch = 75,
  kOffsetNotAvailable = 78,
};

}  // namespace weir::kafka::wire
