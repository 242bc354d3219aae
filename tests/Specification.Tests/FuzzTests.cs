using System.Diagnostics;
using System.Text.Json.Nodes;
using CsCheck;

namespace Orchestrator.Specification.Tests;

/// <summary>Whatever the text: a sweep or errors, soon, in little memory, and never an exception.</summary>
public sealed class FuzzTests
{
    private const long MostBytes = 64_000_000;
    // Wide enough for a busy machine; what grows with the square of a file takes minutes.
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(20);

    private static readonly string[] Scraps =
    [
        "0..4", "4..0", "..", "[", "]", "{", "}", ": ", "- ", "\n", "\n  ", "\t", "#", "&a ", "*a", "!!int ", "? ", "| \n", "> \n", "---", "...", "%YAML 1.1\n", "'", "\"", "\\x", "<<: ",
        "null", "~", "true", ".nan", "-.inf", "1e999", "-1", "0", "99999999999999999999999999999999999999999999", "0x10", "0o7", "1e3", "é", "🙂", "\u0000", "\uFEFF", "\u2028",
        "model", "grid", "seeds", "data.parts.0.weight", "data.parts.9.weight", "model.layers", "train.init.embed", "kind: text", "files: /dev/zero", "files: ['*']", "tokenizer: { words: 9 }", "extends: x",
    ];

    private static readonly Gen<string> Mutated =
        from start in Pick(Sweeps.Example, Sweeps.Least, Sweeps.Valid(Sweeps.Example).Document.ToJsonString())
        from edits in Gen.Select(Gen.Int[0, 700], Gen.Int[0, 12], Gen.OneOf(Pick(Scraps), Gen.String[0, 6])).Array[1, 6]
        select edits.Aggregate(start, (text, edit) => Edit(text, edit.Item1, edit.Item2, edit.Item3));

    [Fact]
    public void A_mutilated_file_is_a_sweep_or_a_list_of_errors() => Mutated.Where(text => !text.Contains("/dev", StringComparison.Ordinal)).Sample(Read, iter: 1_500);

    [Fact]
    public void Any_text_is_a_sweep_or_a_list_of_errors() =>
        Gen.OneOf(Gen.String, Pick(Scraps).Where(scrap => !scrap.Contains("/dev", StringComparison.Ordinal)).Array[0, 60].Select(string.Concat)).Sample(Read, iter: 1_500);

    [Fact]
    public void Any_JSON_is_a_sweep_or_a_list_of_errors() =>
        GenJson(3).Array[0, 12].Sample(values =>
        {
            var document = Sweeps.Valid(Sweeps.Example).Document;
            foreach (var (path, value) in values)
            {
                Put(document, path, value);
            }
            Hold(() => Sweep.Parse(document));
        }, iter: 1_500);

    public static TheoryData<string, string> Bombs { get; } = new()
    {
        { "brackets", new string('[', 1_000_000) },
        { "braces", string.Concat(Enumerable.Repeat("{a: ", 250_000)) },
        { "dashes", string.Concat(Enumerable.Repeat("- ", 500_000)) },
        { "complex keys", string.Concat(Enumerable.Repeat("? ", 500_000)) },
        { "one long word", new string('a', 1_000_000) },
        { "one long key", new string('k', 900_000) + ": 1" },
        { "one long number", "seeds: " + new string('9', 1_000_000) },
        { "a quote that never ends", "name: \"" + new string('x', 1_000_000) },
        { "many keys", string.Concat(Enumerable.Range(0, 90_000).Select(i => $"k{i}: 1\n")) },
        { "many flow items", "seeds: [" + string.Concat(Enumerable.Range(0, 140_000).Select(i => $"{2 * i},")) + "0]" },
        { "many anchors", string.Concat(Enumerable.Range(0, 60_000).Select(i => $"k{i}: &a{i} 1\n")) },
        { "many line ends", new string('\n', 1_000_000) },
        { "many comments", string.Concat(Enumerable.Repeat("#\n", 500_000)) },
        { "a large grid", Sweeps.Least + "\ngrid: { train.lr: [" + string.Join(", ", Enumerable.Range(1, 60_000).Select(i => $"{i}e-5")) + "], model.d_head: [" + string.Join(", ", Enumerable.Range(1, 160)) + "] }" },
        { "a shape grid beyond checking", Sweeps.Least + "\ngrid: { model.layers: [" + string.Join(", ", Enumerable.Range(0, 250)) + "], model.d_head: [" + string.Join(", ", Enumerable.Range(1, 500)) + "] }" },
        { "too long", new string(' ', 2_000_000) },
    };

    [Theory]
    [MemberData(nameof(Bombs))]
    public void A_bomb_fizzles(string name, string text)
    {
        Assert.NotEmpty(name);
        var watch = Stopwatch.StartNew();
        _ = SweepFile.Parse(text, "bomb.yaml");
        _ = SweepFile.Parse(text, "bomb.json");

        Assert.InRange(watch.Elapsed, TimeSpan.Zero, Longest);
    }

    private static void Read(string text)
    {
        Hold(() => SweepFile.Parse(text, "fuzz.yaml"));
        Hold(() => SweepFile.Parse(text, "fuzz.json"));
    }

    private static void Hold<T>(Func<Errors.Reading<T>> read) where T : class
    {
        var watch = Stopwatch.StartNew();
        var before = GC.GetAllocatedBytesForCurrentThread();

        var reading = read();

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MostBytes);
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, Longest);
        Assert.Equal(reading.Succeeded, reading.Errors.Count == 0);
        Assert.All(reading.Errors, error => Assert.False(string.IsNullOrWhiteSpace(error.Rule) || string.IsNullOrWhiteSpace(error.Fix)));
        var sweep = reading.Value as Sweep ?? (reading.Value as SweepDocument)?.Sweep;
        if (sweep is not null)
        {
            // What was accepted can be run: first, last and canonical.
            Assert.InRange(sweep.Count, 1, Limits.Runs);
            Assert.NotEqual(sweep.Count == 1, sweep.RunIdAt(0) != sweep.RunIdAt((int)sweep.Count - 1));
            Assert.Equal(sweep.Id, Sweeps.Valid(sweep.Document).Id);
        }
    }

    private static Gen<string> Pick(params string[] choices) => Gen.Int[0, choices.Length - 1].Select(i => choices[i]);

    private static string Edit(string text, int at, int removed, string inserted)
    {
        at = Math.Min(at, text.Length);
        return text[..at] + inserted + text[Math.Min(text.Length, at + removed)..];
    }

    private static void Put(JsonObject document, string path, JsonNode? value)
    {
        var keys = path.Split('/');
        JsonNode? node = document;
        foreach (var key in keys[..^1])
        {
            node = node is JsonObject inner ? inner[key] : null;
        }
        if (node is JsonObject target)
        {
            target[keys[^1]] = value;
        }
    }

    private static Gen<(string Path, JsonNode? Value)> GenJson(int depth) =>
        from path in Gen.OneOf(
            Pick("name", "model", "model/layers", "model/heads", "model/d_head", "model/positions", "data", "data/kind", "data/vocab", "data/parts", "data/files", "train", "train/lr", "train/betas", "train/init", "train/init/embed"),
            Pick("snapshots", "snapshots/at", "measure", "seeds", "grid", "grid/model.layers", "grid/data.vocab", "grid/train.betas", "grid/data.parts.1.noise", "budget", "priority", "head_threshold", "where"))
        from value in Value(depth)
        select (path, value?.DeepClone());

    private static Gen<JsonNode?> Value(int depth)
    {
        var scalars = Gen.OneOf(
            Gen.Const((JsonNode?)null),
            Gen.Bool.Select(value => (JsonNode?)value),
            Gen.Int[-3, 70].Select(value => (JsonNode?)value),
            Gen.Double.Where(double.IsFinite).Select(value => (JsonNode?)value),
            Pick(Scraps).Select(value => (JsonNode?)value));
        return depth == 0
            ? scalars
            : Gen.OneOf(
                scalars,
                Value(depth - 1).Array[0, 4].Select(items => (JsonNode?)new JsonArray([.. items.Select(item => item?.DeepClone())])),
                Gen.Select(Pick(Scraps), Value(depth - 1)).Array[0, 4].Select(entries => (JsonNode?)new JsonObject(
                    entries.DistinctBy(entry => entry.Item1).Select(entry => KeyValuePair.Create(entry.Item1, entry.Item2?.DeepClone())))));
    }
}
