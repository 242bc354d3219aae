using Orchestrator.Cli.Tests.Serving;

namespace Orchestrator.Cli.Tests.CommandLine;

/// <summary>What every verb prints, as a document and as text, against files.</summary>
public sealed class DocumentTests
{
    public static TheoryData<string, string[]> Verbs { get; } = new()
    {
        { "version", ["version"] },
        { "workers", ["workers"] },
        { "sweep-list", ["sweep", "list"] },
        { "sweep-show", ["sweep", "show", "last"] },
        { "sweep-watch", ["sweep", "watch", "last"] },
        { "sweep-measure-watch", ["sweep", "measure", "last", "--measure", "terms,ablations"] },
        { "sweep-measure", ["sweep", "measure", "last", "--no-watch"] },
        { "sweep-cancel", ["sweep", "cancel", "5f0c"] },
        { "sweep-plan", ["sweep", "plan", "some.yaml"] },
        { "sweep-submit", ["sweep", "submit", "some.yaml"] },
        { "sweep-submit-watch", ["sweep", "submit", "some.yaml", "--watch"] },
        { "results-rebuild", ["results", "rebuild", "last"] },
        { "run-list", ["run", "list", "last"] },
        { "run-show", ["run", "show", "a1b2"] },
        { "run-logs", ["run", "logs", "a1b2"] },
        { "run-logs-follow", ["run", "logs", "a1b2", "--follow"] },
        { "run-cancel", ["run", "cancel", "a1b2"] },
        { "heads", ["heads", "last", "--at", "final"] },
        { "heads-by-axis", ["heads", "last", "--group-by", "model.layers"] },
        { "heads-by-head", ["heads", "last", "--group-by", "layer,head"] },
    };

    [Theory, MemberData(nameof(Verbs))]
    public async Task With_json_a_verb_prints_one_document_and_nothing_else(string name, string[] arguments)
    {
        var outcome = await Run([.. arguments, "--json"]);
        Assert.Equal((0, ""), (outcome.ExitCode, name.Contains("watch", StringComparison.Ordinal) ? "" : outcome.Error));
        Golden.Check(name + ".json", outcome.Json.ToJsonString(Contracts.Json.Indented));
    }

    [Theory, MemberData(nameof(Verbs))]
    public async Task Without_json_a_verb_prints_text_with_one_row_a_line(string name, string[] arguments)
    {
        var outcome = await Run(arguments);
        Assert.Equal(0, outcome.ExitCode);
        Golden.Check(name + ".txt", outcome.Output);
    }

    [Theory]
    [InlineData(80)]
    [InlineData(100)]
    [InlineData(140)]
    public async Task Where_lines_are_that_wide_no_table_is_wider_no_value_is_broken_and_what_has_no_room_is_named(int columns)
    {
        foreach (var (name, arguments) in Verbs.Select(row => row.Data).Where(row => row.Item1 is "sweep-show" or "sweep-list" or "run-list" or "heads" or "heads-by-axis" or "heads-by-head" or "workers"))
        {
            var wide = (await Run(arguments)).Output.Split('\n');
            var narrow = (await Run(arguments, columns)).Output;
            var table = narrow.Split("\n\n")[0].Split('\n').Where(line => line.Length > 0).ToArray();
            Assert.All(table, line => Assert.True(line.Length <= columns || line.StartsWith("no room for:", StringComparison.Ordinal), $"{name}: {line.Length} of {columns} columns: {line}"));
            var words = wide.SelectMany(line => line.Split(' ')).ToHashSet();
            Assert.All(table.Where(line => !line.StartsWith("no room", StringComparison.Ordinal)).SelectMany(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)), word => Assert.Contains(word, words));
            Assert.Equal(Shown(table) < Shown(wide), table[^1].StartsWith("no room for:", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Quickstart_prints_the_document_of_the_interface_with_a_report_and_no_dashboard()
    {
        using var cli = new CliHarness();
        var outcome = await cli.Run("quickstart", "--json");
        Assert.Equal(0, outcome.ExitCode);
        var document = outcome.Json.AsObject();
        Assert.True(File.Exists((string?)document["report"]));
        Assert.True(document["elapsed_seconds"]!.GetValue<double>() > 0);
        document["report"] = "PATH";
        document["elapsed_seconds"] = 0;
        Golden.Check("quickstart.json", document.ToJsonString(Contracts.Json.Indented));
    }

    [Fact]
    public async Task Doctor_lists_its_checks_each_with_a_status_and_a_detail()
    {
        using var cli = new CliHarness();
        var outcome = await cli.Run("doctor", "--json");
        Assert.Equal(0, outcome.ExitCode);
        Assert.True((bool?)outcome.Json["ok"]);
        var checks = outcome.Json["checks"]!.AsArray().Select(check => check!.AsObject()).ToList();
        Assert.Equal(["runtime", "sdk", "native library", "device", "device", "data folder", "disk space", "lock", "port"], checks.Select(check => (string?)check["check"]));
        Assert.All(checks, check => Assert.Equal(["check", "status", "detail", "fix"], check.Select(member => member.Key)));
        Assert.Equal("ok", (string?)checks[2]["status"]);
        Assert.Equal("libtorch 2.10.0", (string?)checks[2]["detail"]);
    }

    [Fact]
    public async Task Dev_says_in_its_document_where_it_listens()
    {
        using var cli = new CliHarness();
        using var interrupted = new CancellationTokenSource();
        var outcome = await new DevRun(cli).UntilAnnounced(["dev", "--port", "0", "--json"], interrupted);
        Assert.Equal(0, outcome.ExitCode);
        Assert.Equal(["url", "data", "pid"], outcome.Json.AsObject().Select(member => member.Key));
        Assert.Equal(cli.DataFolder, (string?)outcome.Json["data"]);
        Assert.Equal(Environment.ProcessId, (int?)outcome.Json["pid"]);
    }

    /// <summary>Words of the heading.</summary>
    private static int Shown(string[] table) => string.Join(' ', table.Take(2)).Split(' ', StringSplitOptions.RemoveEmptyEntries).Length;

    private static async Task<Outcome> Run(string[] arguments, int? columns = null)
    {
        var controlPlane = new FakeControlPlane();
        await using var server = await controlPlane.Start();
        using var cli = new CliHarness { DefaultServer = server.Address, Columns = columns };
        return await cli.Run(arguments);
    }
}
