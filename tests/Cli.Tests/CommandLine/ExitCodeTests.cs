using Orchestrator.Cli.Tests.Serving;
using Orchestrator.Contracts.Api;
using Orchestrator.Tests.Serving;

namespace Orchestrator.Cli.Tests.CommandLine;

public sealed class ExitCodeTests
{
    [Theory]
    [InlineData("swep", "sweep")]
    [InlineData("sweep", "plan, submit, list")]
    [InlineData("sweep submit", "FILE")]
    [InlineData("sweep submit f.yaml --wach", "--help")]
    [InlineData("sweep submit f.yaml --embedded --server http://127.0.0.1:1", "one of the two")]
    [InlineData("sweep submit f.yaml --slots 0", "1 to 1024")]
    [InlineData("sweep submit f.yaml --slots many", "--slots")]
    [InlineData("heads last --at yesterday", "final, all, transition")]
    [InlineData("heads last --at -3", "--at")]
    [InlineData("heads last --group-by layer,,head", "between commas")]
    [InlineData("run export a1b2", "--out")]
    [InlineData("run export a1b2 --out o --at transition", "final, all, or a step")]
    [InlineData("dev --port 70000", "65535")]
    [InlineData("dev --listen localhost:80", "http://HOST:PORT")]
    [InlineData("dev --listen 8080", "http://HOST:PORT")]
    [InlineData("sweep list --server 127.0.0.1:5080", "http://HOST:PORT")]
    [InlineData("sweep list --server ftp://lab", "http://HOST:PORT")]
    [InlineData("sweep list --token-file absent", "token file cannot be read")]
    [InlineData("sweep list --token-file .", "token file cannot be read")]
    [InlineData("sweep list --token-file /dev/null", "token file cannot be read")]
    [InlineData("sweep list --token-file /dev/zero", "token file cannot be read")]
    [InlineData("sweep list --token a --token-file b", "one of the two")]
    public async Task Wrong_usage_is_2_with_a_message_that_teaches_and_an_empty_stdout(string line, string taught)
    {
        using var cli = new CliHarness();
        var outcome = await cli.Run(line.Split(' '));
        Assert.Equal((2, ""), (outcome.ExitCode, outcome.Output));
        Assert.Contains(taught, outcome.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(cli.DataFolder));
    }

    [Theory]
    [InlineData("sweep show last --plot", "--plot is empty: give FILE.svg")]
    [InlineData("run export a1b2 --out", "--out is empty: give DIR")]
    [InlineData("analyze m.safetensors --tokens", "--tokens is empty: give FILE")]
    [InlineData("analyze m.safetensors --tokens t.json --config", "--config is empty: give FILE")]
    [InlineData("analyze m.safetensors --tokens t.json --patterns", "--patterns is empty: give DIR")]
    [InlineData("analyze --tokens t.json", "MODEL is empty: give a path")]
    [InlineData("sweep plan", "FILE is empty: give a path")]
    public async Task An_empty_path_is_refused_by_name(string line, string message)
    {
        using var cli = new CliHarness();
        foreach (var empty in (string[])["", " "])
        {
            var outcome = await cli.Run([.. line.Split(' '), empty]);
            Assert.Equal((2, ""), (outcome.ExitCode, outcome.Output));
            Assert.Contains(message, outcome.Error, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("sweep plan malformed.yaml")]
    [InlineData("sweep submit malformed.yaml")]
    [InlineData("sweep submit malformed.yaml --embedded --json")]
    public async Task A_malformed_file_is_2_and_nothing_is_created(string line)
    {
        using var cli = new CliHarness();
        var outcome = await cli.Run(line.Split(' '));
        Assert.Equal((2, ""), (outcome.ExitCode, outcome.Output));
        Assert.Contains("did you mean 'layers'?", outcome.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(cli.DataFolder));
        Assert.Empty(cli.Started);
    }

    [Theory]
    [InlineData("sweep list")]
    [InlineData("sweep watch last")]
    [InlineData("sweep submit f.yaml")]
    [InlineData("heads last --json")]
    public async Task A_named_server_that_does_not_answer_is_3_and_no_other_is_tried(string line)
    {
        await using var other = await new FakeControlPlane().Start();
        using var cli = new CliHarness { DefaultServer = other.Address };
        var outcome = await cli.Run([.. line.Split(' '), "--server", "http://127.0.0.1:9"]);
        Assert.Equal((3, ""), (outcome.ExitCode, outcome.Output));
        Assert.Contains("http://127.0.0.1:9/", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("./orchestrator dev", outcome.Error, StringComparison.Ordinal);
        Assert.Empty(cli.Started);
    }

    [Theory]
    [InlineData("sweep submit f.yaml")]
    [InlineData("sweep watch last")]
    public async Task A_verb_that_needs_somebody_who_trains_is_3_without_one_and_names_the_ways_out(string line)
    {
        using var cli = new CliHarness();
        var outcome = await cli.Run(line.Split(' '));
        Assert.Equal((3, ""), (outcome.ExitCode, outcome.Output));
        Assert.Contains("--embedded", outcome.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(cli.DataFolder));
    }

    [Theory]
    [InlineData(400, 2)]
    [InlineData(401, 4)]
    [InlineData(403, 4)]
    [InlineData(404, 2)]
    [InlineData(409, 2)]
    [InlineData(500, 1)]
    [InlineData(503, 3)]
    public async Task The_servers_refusal_decides_the_exit_code_and_its_detail_is_told(int status, int exitCode)
    {
        await using var server = await new FakeControlPlane { Refusal = status }.Start();
        using var cli = new CliHarness { DefaultServer = server.Address };
        var outcome = await cli.Run("sweep", "show", "last", "--json");
        Assert.Equal((exitCode, ""), (outcome.ExitCode, outcome.Output));
        Assert.Contains("the rule and the fix", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_sweep_is_2()
    {
        await using var server = await new FakeControlPlane().Start();
        using var cli = new CliHarness { DefaultServer = server.Address };
        var outcome = await cli.Run("sweep", "show", "nope");
        Assert.Equal(2, outcome.ExitCode);
        Assert.Contains("'nope' names no sweep", outcome.Error, StringComparison.Ordinal);
        Assert.Equal(2, (await cli.Run("sweep", "show", "")).ExitCode);
    }

    [Fact]
    public async Task A_followed_sweep_with_one_completed_run_is_0_and_one_with_none_is_1_with_the_reason()
    {
        var nothing = Samples.Result with
        {
            Sweep = Samples.Head with { State = SweepState.Failed, Reason = "every run failed", Runs = new() { Total = 10, Failed = 10 } },
        };
        await using var good = await new FakeControlPlane().Start();
        await using var bad = await new FakeControlPlane { Result = nothing }.Start();
        using var cli = new CliHarness { DefaultServer = good.Address };

        Assert.Equal(0, (await cli.Run("sweep", "watch", "last")).ExitCode);
        var outcome = await cli.Run("sweep", "submit", "f.yaml", "--watch", "--json", "--server", bad.Address.ToString());

        Assert.Equal(1, outcome.ExitCode);
        Assert.Equal("failed", (string?)outcome.Json["sweep"]!["state"]);
        Assert.Contains("every run failed", outcome.Error, StringComparison.Ordinal);
        Assert.Equal(0, (await cli.Run("sweep", "show", "last", "--server", bad.Address.ToString())).ExitCode);
    }

    [Fact]
    public async Task Doctor_is_1_where_something_is_wrong_and_says_the_fix()
    {
        using var cli = new CliHarness { NativeFailure = "libtorch_cpu.so is missing" };
        var outcome = await cli.Run("doctor");
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("libtorch_cpu.so is missing", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("ORCHESTRATOR_LIBTORCH", outcome.Output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(cli.DataFolder));
    }

    [Fact]
    public async Task Doctor_tells_a_data_folder_that_cannot_be_made()
    {
        using var cli = new CliHarness();
        cli.Write("file", "");
        var outcome = await cli.Run("doctor", "--data", "file/below");
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("problem  data folder", outcome.Output, StringComparison.Ordinal);
        Assert.Equal(2, (await cli.Run("sweep", "list", "--data", "file/below")).ExitCode);
    }
}
