using Orchestrator.Cli.Heads;
using Orchestrator.Cli.Output;
using Orchestrator.Contracts.Api;

namespace Orchestrator.Cli.Tests.Output;

/// <summary>What is left out where a terminal is narrow.</summary>
public sealed class TextTablesTests
{
    private static readonly Table Heads = new(
        [
            new("run", "text"), new("model_layers", "json"), new("seed", "integer"), new("step", "integer"), new("layer", "integer"), new("head", "integer"), new("role", "text"),
            new("prefix_matching", "double"), new("previous_token", "double"), new("ov_copying", "double"), new("copying", "double"), new("k_excess_max", "double"),
        ],
        [
            ["a1b2c3d4e5f60718293a4b5c6d7e8f90", 2, 3, 300, 0, 1, "previous_token", 0.021, 0.912, 0.1, 0.2, null],
            ["a1b2c3d4e5f60718293a4b5c6d7e8f90", 2, 3, 300, 1, 0, "induction", 0.851, 0.013, 0.3, 0.4, 0.33],
        ],
        false);

    [Theory]
    [InlineData(100, "model_layers (2 in every row), seed (3 in every row), step (300 in every row)", "run", "layer", "head", "role", "matching", "token", "copying", "copying", "(best)")]
    [InlineData(80, "run (a1b2c3d4e5f6 in every row), model_layers (2 in every row), seed (3 in every row), step (300 in every row)", "layer", "head", "role", "matching", "token", "copying", "copying", "(best)")]
    [InlineData(50, "run (a1b2c3d4e5f6 in every row), model_layers (2 in every row), seed (3 in every row), step (300 in every row), OV copying, copying, K excess (best)", "layer", "head", "role", "matching", "token")]
    public void What_is_the_same_in_every_row_makes_room_first_and_its_value_is_told_then_the_last_metrics(int width, string told, params string[] left)
    {
        var lines = Print(Heads, width);

        Assert.Equal(left, lines[1].Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains($"no room for: {told} (a wider terminal, or --json, has them)", lines);
    }

    [Fact]
    public void Where_runs_differ_metrics_from_the_right_make_room_before_them_and_the_first_ones_stay()
    {
        var lines = Print(Heads with { Rows = [Heads.Rows[0], [.. Heads.Rows[1].Select((cell, i) => i switch { 0 => "0f", 1 => 1, 2 => 4, 3 => 200, _ => cell })]] }, 90);

        Assert.Equal(["run", "model_layers", "seed", "step", "layer", "head", "role", "matching", "token"], lines[1].Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("no room for: OV copying, copying, K excess (best) (a wider terminal, or --json, has them)", lines);
    }

    private static string[] Print(Table heads, int width)
    {
        using var output = new StringWriter();
        // As the client reads it.
        HeadTable.Print(new Terminal(output, TextWriter.Null, false, false, width), System.Text.Json.JsonSerializer.Deserialize<Table>(System.Text.Json.JsonSerializer.Serialize(heads, Contracts.Json.Options), Contracts.Json.Options)!);
        var lines = output.ToString().Split('\n');
        Assert.All(lines.TakeWhile(line => line.Length > 0 && !line.StartsWith("no room", StringComparison.Ordinal)), line => Assert.True(line.Length <= width, line));
        return lines;
    }
}
