using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Contracts.Runs;

namespace Orchestrator.Contracts.Identity;

/// <summary>Names that follow from what they name: SHA-256 of canonical JSON, in lower-case base 32 (RFC 4648).</summary>
public static class Identities
{
    /// <summary>Characters of a run id: 130 bits.</summary>
    public const int RunLength = 26;
    /// <summary>Characters of a sweep id: 65 bits, for a person to type.</summary>
    public const int SweepLength = 13;

    private const string Alphabet = "abcdefghijklmnopqrstuvwxyz234567";

    /// <summary>
    /// A run's id: everything that decides its weights (model, data with content hashes, train, seed) and the trainer's version.
    /// File names, measures, snapshots, the sweep's name, budget, priority, retention, requirements and the metric version are outside.
    /// </summary>
    public static string OfRun(RunConfiguration configuration) => OfRun(configuration, Versions.Trainer);

    /// <summary>The ids of many runs: what they share but for their seeds is hashed once.</summary>
    public static IReadOnlyList<string> OfRuns(IEnumerable<RunConfiguration> configurations)
    {
        ArgumentNullException.ThrowIfNull(configurations);
        var digests = new Dictionary<RunConfiguration, byte[]>();
        return [.. configurations.Select(run => OfRun(Digest(run with { Seed = 0 }), run.Seed, Versions.Trainer))];

        byte[] Digest(RunConfiguration shared) => digests.TryGetValue(shared, out var digest) ? digest : digests[shared] = DigestOf(shared);
    }

    /// <summary>The id under another version of the trainer.</summary>
    public static string OfRun(RunConfiguration configuration, int trainer)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return OfRun(DigestOf(configuration), configuration.Seed, trainer);
    }

    /// <summary>The same from the digest that all runs of a point of the grid share.</summary>
    public static string OfRun(byte[] digest, ulong seed, int trainer) => Hash($"run {trainer} {seed}", digest, RunLength);

    /// <summary>SHA-256 of a configuration without its seed.</summary>
    public static byte[] DigestOf(RunConfiguration configuration)
    {
        var json = JsonSerializer.SerializeToElement(configuration, Json.Options);
        return SHA256.HashData(CanonicalJson.Write(json, path => path is "seed" or "data.parts.files.name"));
    }

    /// <summary>A sweep's id: its name, the specification that yields its runs, measures, snapshots and threshold. Budget, priority, retention, requirements and file names are outside.</summary>
    public static string OfSweep(JsonObject document)
    {
        var json = JsonSerializer.SerializeToElement(document);
        return Hash($"sweep {Versions.Trainer}", CanonicalJson.Write(json, path => path is "budget" or "priority" or "retention" or "requires" or "data.files.name" or "data.parts.files.name"), SweepLength);
    }

    private static string Hash(string kind, byte[] content, int length)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(System.Text.Encoding.UTF8.GetBytes($"orchestrator {kind}\n"));
        hash.AppendData(content);
        var digest = hash.GetHashAndReset();
        return string.Create(length, digest, static (text, bytes) =>
        {
            for (var i = 0; i < text.Length; i++)
            {
                var bit = i * 5;
                var window = (bytes[bit / 8] << 8) | bytes[bit / 8 + 1];
                text[i] = Alphabet[(window >> (11 - bit % 8)) & 31];
            }
        });
    }
}
