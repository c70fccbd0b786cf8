package keda

// Values that KEDA's kafka trigger refuses, by key. An empty value takes the key away.
var wrongValues = map[string][]string{
	"bootstrapServers":                   {"", " "},
	"consumerGroup":                      {"", " "},
	"lagThreshold":                       {"0", "-1", "AA", "10.5", "0x1", "1e1", "99999999999999999999", "1 0"},
	"activationLagThreshold":             {"-1", "AA", "0.5", "1e1"},
	"offsetResetPolicy":                  {"Latest", "none", "latest,", "beginning"},
	"allowIdleConsumers":                 {"yes", "2", "tRue", "on"},
	"excludePersistentLag":               {"no", "-"},
	"scaleToZeroOnInvalidOffset":         {"FALSE!", "y"},
	"limitToPartitionsWithLag":           {"enable", "00"},
	"ensureEvenDistributionOfPartitions": {"TrUe", "11"},
	"fullMetadata":                       {"nope"},
	"version":                            {"1.2.3.4", "abc", "1", "v2.0.0", "2.x.0"},
	"tls":                                {"enabled", "true", "Enable"},
	"unsafeSsl":                          {"maybe"},
	"sasl":                               {"plain", "SCRAM_SHA256", "scram", "aws_msk_iam"},
	"saslTokenProvider":                  {"Bearer", "oidc"},
	"partitionLimitation":                {"x", "1-2-3"},
}

func (g *generator) wrongRow(r *row) {
	g.lagRow(r)
	for key := range r.metadata { // what lagRow chose shall not hide what is wrong
		if key != "bootstrapServers" && key != "consumerGroup" && key != "topic" {
			delete(r.metadata, key)
		}
	}
	keys := sorted(wrongValues)
	for range 1 + g.rng.IntN(2) {
		key := pick(g, keys...)
		r.metadata[key] = pick(g, wrongValues[key]...)
	}
	if g.chance(10) {
		delete(r.metadata, pick(g, "bootstrapServers", "consumerGroup"))
	}
	r.keda, r.weir = badMetadata, badMetadata
}

func (g *generator) conflictRow(r *row) {
	g.lagRow(r)
	r.keda, r.weir = badMetadata, badMetadata
	set := func(keys ...string) {
		for _, key := range keys {
			r.metadata[key] = g.boolean(true)
		}
	}
	switch g.rng.IntN(5) {
	case 0:
		set("allowIdleConsumers", "limitToPartitionsWithLag")
	case 1:
		set("limitToPartitionsWithLag", "ensureEvenDistributionOfPartitions")
	case 2:
		set("limitToPartitionsWithLag")
		delete(r.metadata, "topic")
	case 3:
		set("ensureEvenDistributionOfPartitions")
		delete(r.metadata, "topic")
	case 4:
		r.metadata["fullMetadata"] = g.boolean(false)
		delete(r.metadata, "topic")
	}
}

// credentialsRow asks for an authentication without its parameters.
func (g *generator) credentialsRow(r *row) {
	g.lagRow(r)
	r.keda, r.weir = badMetadata, badMetadata
	r.metadata["sasl"] = pick(g, "plaintext", "scram_sha256", "scram_sha512", "oauthbearer", "gssapi")
	if r.metadata["sasl"] == "oauthbearer" && g.chance(50) {
		r.metadata["saslTokenProvider"] = "aws_msk_iam"
	}
}
