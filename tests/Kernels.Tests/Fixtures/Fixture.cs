using System.Text.Json;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Tests.Fixtures;

/// <summary>A model file with the values that TransformerLens computes for it.</summary>
internal static class Fixture
{
    public static readonly TheoryData<string> Names = ["tiny_l2", "tiny_l2_standard"];

    public static string Path(string file) => System.IO.Path.Combine(AppContext.BaseDirectory, "Fixtures", file);

    public static JsonElement Reference(string name) => JsonDocument.Parse(File.ReadAllBytes(Path($"{name}.ref.json"))).RootElement;

    /// <summary>A batch of token ids as [1, sequences, positions].</summary>
    public static Tensor Tokens(string name, string batch)
    {
        var rows = JsonDocument.Parse(File.ReadAllBytes(Path($"{name}.tokens.json"))).RootElement
            .GetProperty("batches").GetProperty(batch).Deserialize<long[][]>()!;
        return tensor(rows.SelectMany(row => row).ToArray(), [1, rows.Length, rows[0].Length]);
    }
}
