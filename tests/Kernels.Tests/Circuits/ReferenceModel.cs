using System.Text.Json;
using Orchestrator.Kernels.Circuits;
using Orchestrator.Kernels.Tests.Fixtures;
using Orchestrator.Kernels.Weights;
using TorchSharp;

namespace Orchestrator.Kernels.Tests.Circuits;

/// <summary>A fixture's model in float64, its reference values, and a scope that owns the tensors.</summary>
internal sealed class ReferenceModel : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly string _name;

    public ReferenceModel(string name)
    {
        _name = name;
        var file = ModelFile.Read(Fixture.Path($"{name}.safetensors"));
        Model = CircuitModel.Create(file.Weights, CircuitConfiguration.From(file.Configuration));
        Values = Fixture.Reference(name);
    }

    public CircuitModel Model { get; }
    public JsonElement Values { get; }
    public ForwardTrace Run(string batch) => ForwardPass.Run(Model, Fixture.Tokens(_name, batch)[0]);
    public TokenMatches Matches(string batch) => TokenMatches.Of(Fixture.Tokens(_name, batch)[0], torch.ScalarType.Float64);
    public void Dispose() => _scope.Dispose();
}

internal static class JsonNumbers
{
    public static JsonElement At(this JsonElement element, params string[] path) => path.Aggregate(element, (e, key) => e.GetProperty(key));

    /// <summary>All numbers of nested arrays in order.</summary>
    public static double[] Flat(this JsonElement element) => element.ValueKind == JsonValueKind.Array
        ? [.. element.EnumerateArray().SelectMany(Flat)]
        : [element.GetDouble()];
}

internal static class Same
{
    /// <summary>Two lists of numbers agree within an absolute tolerance; undefined only equals undefined.</summary>
    public static void Numbers(IReadOnlyList<double> expected, IReadOnlyList<double> actual, double tolerance)
    {
        Assert.Equal(expected.Count, actual.Count);
        for (var i = 0; i < expected.Count; i++)
        {
            Assert.True(
                double.IsNaN(expected[i]) ? double.IsNaN(actual[i]) : Math.Abs(expected[i] - actual[i]) <= tolerance,
                $"entry {i}: expected {expected[i]:R}, found {actual[i]:R} (tolerance {tolerance})");
        }
    }

    /// <summary>The same with a tolerance relative to the expected number.</summary>
    public static void Relatively(IReadOnlyList<double> expected, IReadOnlyList<double> actual, double tolerance) =>
        Numbers([.. expected.Select(_ => 0.0)], [.. expected.Zip(actual, (e, a) => (a - e) / Math.Max(Math.Abs(e), 1e-12))], tolerance);
}
