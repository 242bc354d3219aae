using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Orchestrator.EndToEnd.Tests;

/// <summary>The dashboard of a real server with a real sweep, in a real browser; and the same results for an assistant.</summary>
public sealed class DashboardTests
{
    [Fact]
    public async Task Every_view_shows_a_sweep_without_errors_and_an_assistant_is_told_the_same()
    {
        using var folder = new TestFolder();
        await using var dev = CommandLine.Start(folder, "dev", "--port", "0", "--json");
        var server = (await Polling.Server(dev, folder.Data)).Address.ToString().TrimEnd('/');
        var file = folder.Write("sweep.yaml", SweepFiles.Yaml("seen", steps: 60, every: 20, seeds: "0..2"));
        await CommandLine.Json(folder, 0, "sweep", "submit", file, "--watch", "--server", server);

        var page = Path.Combine(Repository.Root, "src", "Dashboard");
        var (code, said) = await Run("node", ["tests/views.mjs", server], page, "");
        Assert.True(code == 0, said);

        var messages = string.Join('\n',
            """{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"test","version":"1"}}}""",
            """{"jsonrpc":"2.0","method":"notifications/initialized"}""",
            """{"jsonrpc":"2.0","id":2,"method":"tools/list"}""",
            """{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"query","arguments":{"sql":"select count(*) as n from runs where sweep_name = 'seen'"}}}""",
            """{"jsonrpc":"2.0","id":4,"method":"tools/call","params":{"name":"query","arguments":{"sql":"drop table runs"}}}""",
            """{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"submit_sweep","arguments":{"yaml":"name: x"}}}""", "");
        var (ended, answers) = await Run("dotnet", [BuiltProgram.Path, "mcp", "--server", server], folder.Path, messages, answers: 5);
        Assert.True(ended == 0, answers);
        var byId = answers.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line.StartsWith('{')).Select(line => JsonNode.Parse(line)!).Where(answer => answer["id"] is not null).ToDictionary(answer => (int)answer["id"]!);
        Assert.Equal("orchestrator", (string?)byId[1]["result"]!["serverInfo"]!["name"]);
        Assert.Equal(
            ["compare_groups", "describe_tables", "group_table", "list_sweeps", "plan_sweep", "query", "submit_sweep"],
            byId[2]["result"]!["tools"]!.AsArray().Select(tool => (string)tool!["name"]!).Order(StringComparer.Ordinal));
        Assert.Equal(6, (int)JsonNode.Parse((string)byId[3]["result"]!["content"]![0]!["text"]!)!["rows"]![0]![0]!);
        Assert.True((bool)byId[4]["result"]!["isError"]!);
        Assert.Contains("--submit", byId[5].ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_large_sweep_of_many_groups_opens_in_every_view()
    {
        using var folder = new TestFolder();
        var (made, output) = await Run("dotnet", [BuiltProgram.PathOf("Results.Bench"), "folder", folder.Data, "2048"], folder.Path, "");
        Assert.True(made == 0, output);
        await using var dev = CommandLine.Start(folder, "dev", "--port", "0", "--json");
        var server = (await Polling.Server(dev, folder.Data)).Address.ToString().TrimEnd('/');

        var (code, said) = await Run("node", ["tests/large.mjs", server, "last"], Path.Combine(Repository.Root, "src", "Dashboard"), "");

        Assert.True(code == 0, said);
    }

    [Fact]
    public async Task A_page_that_is_open_follows_what_happens_and_comes_back_when_its_server_does()
    {
        using var folder = new TestFolder();
        Uri server;
        using var watcher = new Process();
        await using (var dev = CommandLine.Start(folder, "dev", "--port", "0", "--json"))
        {
            server = (await Polling.Server(dev, folder.Data)).Address;
            watcher.StartInfo = new ProcessStartInfo("node", ["tests/live.mjs", server.ToString(), "first-sweep", "1 completed", "lost", "second-sweep"])
            { WorkingDirectory = Path.Combine(Repository.Root, "src", "Dashboard"), RedirectStandardOutput = true };
            watcher.Start();
            await Sees("open");
            await CommandLine.Json(folder, 0, "sweep", "submit", folder.Write("first.yaml", SweepFiles.Yaml("first-sweep", steps: 20, every: 20, seeds: "0", grid: "model.layers: [1]")), "--server", server.ToString());
            await Sees("first-sweep");
            await Sees("1 completed");
            await dev.Signal("INT");
            await dev.End();
        }
        await Sees("lost");
        await using var again = CommandLine.Start(folder, "dev", "--port", $"{server.Port}", "--json");
        await Polling.Server(again, folder.Data);
        await Sees("back");
        await CommandLine.Json(folder, 0, "sweep", "submit", folder.Write("second.yaml", SweepFiles.Yaml("second-sweep", steps: 20, every: 20, seeds: "0", grid: "model.layers: [1]")), "--server", server.ToString());
        await Sees("second-sweep");
        await watcher.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, watcher.ExitCode);

        async Task Sees(string text) => Assert.Equal(text, await watcher.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(90), TestContext.Current.CancellationToken));
    }

    private static async Task<(int Code, string Output)> Run(string program, string[] arguments, string folder, string input, int answers = 0)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(3));
        try
        {
            var error = process.StandardError.ReadToEndAsync(limit.Token);
            await process.StandardInput.WriteAsync(input.AsMemory(), limit.Token);
            await process.StandardInput.FlushAsync(limit.Token);
            var output = "";
            for (var i = 0; i < answers; i++)
            {
                output += await process.StandardOutput.ReadLineAsync(limit.Token) + "\n"; // its input stays open until it has answered
            }
            process.StandardInput.Close();
            output += await process.StandardOutput.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return (process.ExitCode, output + await error);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }
}
