using System.CommandLine;
using Orchestrator.Cli.CommandLine;
using Orchestrator.Cli.Tests.Serving;

namespace Orchestrator.Cli.Tests.CommandLine;

public sealed class HelpTests
{
    public static TheoryData<string> Paths
    {
        get
        {
            using var cli = new CliHarness();
            return [.. Walk(new Root(cli.Services()), "")];
        }
    }

    [Theory, MemberData(nameof(Paths))]
    public async Task Help_of_every_verb_starts_with_examples_that_parse(string path)
    {
        using var cli = new CliHarness();
        string[] names = path.Length == 0 ? [] : path.Split(' ');
        var outcome = await cli.Run([.. names, "--help"]);
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.StartsWith("Examples:\n  ./orchestrator " + path, outcome.Output, StringComparison.Ordinal);
        Assert.Contains("Usage:", outcome.Output, StringComparison.Ordinal);
        var examples = outcome.Output.Split('\n').Skip(1).TakeWhile(line => line.Length > 0).ToList();
        Assert.NotEmpty(examples);
        Assert.All(examples, example =>
        {
            var line = example.Split('#')[0].Trim()["./orchestrator ".Length..];
            Assert.Empty(new Root(cli.Services()).Parse(line).Errors);
        });
    }

    [Fact]
    public async Task Without_a_verb_it_helps()
    {
        using var cli = new CliHarness();
        var outcome = await cli.Run();
        Assert.Equal(0, outcome.ExitCode);
        Assert.StartsWith("Examples:\n  ./orchestrator quickstart", outcome.Output, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Walk(Command command, string path) =>
        command.Subcommands.SelectMany(child => Walk(child, $"{path} {child.Name}".Trim())).Prepend(path);
}
