using System.Text.Json;
using Orchestrator.Platform.Files;

namespace Orchestrator.Kernels.Analysis;

/// <summary>
/// The batches of a tokens file: a JSON object whose <c>batches</c> maps a name to sequences of token ids, all of one length
/// within a batch. Other keys are ignored.
/// </summary>
public static class TokenBatches
{
    /// <summary>Longest file that is read: 256 MiB.</summary>
    public const long MostBytes = 256L << 20;

    /// <summary>Reads and checks a tokens file for a model of <paramref name="vocab"/> ids and a context of <paramref name="context"/> positions.</summary>
    /// <exception cref="AnalysisException">The file cannot be read or breaks a rule; the message says which, where and what to do.</exception>
    public static IReadOnlyDictionary<string, long[][]> Read(string path, int vocab, int context)
    {
        try
        {
            return Parse(UserFile.ReadText(path, MostBytes, "analyze fewer sequences at a time"), path, vocab, context);
        }
        catch (UserFileException unreadable)
        {
            throw new AnalysisException(unreadable);
        }
    }

    /// <summary>The same from memory; <paramref name="file"/> names it in errors.</summary>
    /// <exception cref="AnalysisException">A rule is broken.</exception>
    public static IReadOnlyDictionary<string, long[][]> Parse(ReadOnlyMemory<byte> json, string file, int vocab, int context)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false });
            if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("batches", out var batches) || batches.ValueKind != JsonValueKind.Object)
            {
                throw new AnalysisException(file, "must be a JSON object with a key 'batches' that maps names to arrays of sequences of token ids");
            }
            var read = new Dictionary<string, long[][]>(StringComparer.Ordinal);
            foreach (var batch in batches.EnumerateObject())
            {
                read.Add(batch.Name, Sequences(batch.Value, new(file, $"batches.{batch.Name}", vocab, context)));
            }
            return read.Count > 0 ? read : throw new AnalysisException(file, "'batches' is empty: name at least one batch of sequences");
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException) // the second: half a surrogate pair
        {
            throw new AnalysisException(file, $"is not JSON: {malformed.Message}", malformed);
        }
    }

    /// <summary>A tokens file with these batches, in their order. The same batches give the same bytes.</summary>
    public static byte[] Write(IReadOnlyDictionary<string, long[][]> batches)
    {
        ArgumentNullException.ThrowIfNull(batches);
        return JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, object> { ["batches"] = batches });
    }

    private static long[][] Sequences(JsonElement batch, Place place)
    {
        if (batch.ValueKind != JsonValueKind.Array || batch.GetArrayLength() == 0)
        {
            throw place.Broken("must be an array of at least one sequence");
        }
        long[][] sequences = [.. batch.EnumerateArray().Select((sequence, b) => Sequence(sequence, place with { Path = $"{place.Path}[{b}]" }))];
        var other = Array.FindIndex(sequences, sequence => sequence.Length != sequences[0].Length);
        return other < 0
            ? sequences
            : throw place.Broken($"holds sequences of {sequences[0].Length} and of {sequences[other].Length} tokens (number {other}): all sequences of a batch must have one length, so split the batch");
    }

    private static long[] Sequence(JsonElement sequence, Place place)
    {
        if (sequence.ValueKind != JsonValueKind.Array || sequence.GetArrayLength() == 0)
        {
            throw place.Broken("must be an array of at least one token id");
        }
        if (sequence.GetArrayLength() > place.Context)
        {
            throw place.Broken($"has {sequence.GetArrayLength()} tokens, more than the model's context of {place.Context}: shorten it");
        }
        return [.. sequence.EnumerateArray().Select((id, i) => id.ValueKind == JsonValueKind.Number && id.TryGetInt64(out var value) && value >= 0 && value < place.Vocab
            ? value
            : throw (place with { Path = $"{place.Path}[{i}]" }).Broken($"must be a token id from 0 to {place.Vocab - 1}, found {Shortened(id)}"))];
    }

    private static string Shortened(JsonElement found) => found.GetRawText() is { Length: > 40 } text ? $"{text[..40]}…" : found.GetRawText();

    private sealed record Place(string File, string Path, int Vocab, int Context)
    {
        public AnalysisException Broken(string problem) => new(File, $"{Path} {problem}");
    }
}
