using Orchestrator.Client;

namespace Orchestrator.EndToEnd.Tests;

/// <summary>Queries are answered by processes of their own, which end at their limits and with whoever asked.</summary>
public sealed class QueryIsolationTests
{
    private const string Endless = "select count(*) from range(1000000000000) a, range(1000000) b";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_query_of_a_guarded_server_is_a_process_that_ends_with_it_whatever_it_asks()
    {
        using var folder = new TestFolder();
        var token = (await CommandLine.Run(folder, "token", "create", "reader", "--scope", "read", "--tokens", "tokens.json")).Output.Trim();
        await using var dev = CommandLine.Start(folder, "dev", "--port", "0", "--json", "--tokens", "tokens.json");
        var address = (await Polling.Server(dev, folder.Data)).Address;
        var client = new OrchestratorClient(OrchestratorClient.CreateHttp(address, token));

        Assert.Equal("[[0]]", System.Text.Json.JsonSerializer.Serialize((await client.Query("select count(*) from runs", cancellation: Cancellation)).Rows));
        using var csv = new MemoryStream();
        await client.QueryAs("select 1 as one", "csv", csv, Cancellation);
        Assert.Equal("one\n1\n", System.Text.Encoding.UTF8.GetString(csv.ToArray()));

        Assert.Contains("more memory", await Refused("select sum(length(repeat(repeat('x', 1000000), 1000 + i::int))) from range(8) t(i)"), StringComparison.Ordinal);
        Assert.Contains("disabled", await Refused("select * from read_csv('/etc/passwd')"), StringComparison.Ordinal);
        Assert.Contains("only reads", await Refused("drop table runs"), StringComparison.Ordinal);

        using var leaves = new CancellationTokenSource();
        var left = client.Query(Endless, cancellation: leaves.Token);
        await Polling.Until(dev, () => Task.FromResult(Answering(dev.Id)), count => count == 1);
        await leaves.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        await Polling.Until(dev, () => Task.FromResult(Answering(dev.Id)), count => count == 0);

        async Task<string> Refused(string sql) => (await Assert.ThrowsAsync<ServerErrorException>(() => client.Query(sql, cancellation: Cancellation))).Message;
    }

    [Fact]
    public async Task A_query_of_a_folder_may_be_long_but_neither_take_all_memory_nor_more_than_an_address_holds()
    {
        using var folder = new TestFolder();
        await CommandLine.Json(folder, 0, "sweep", "submit", folder.Write("tiny.yaml", SweepFiles.Yaml("tiny", steps: 2, every: 2, seeds: "0")), "--embedded");

        Assert.Equal("[[0]]", (await CommandLine.Json(folder, 0, "query", Among(900)))["rows"]!.ToJsonString());
        var greedy = await CommandLine.Run(folder, "query", "select sum(length(repeat(repeat('x', 1000000), 1000 + i::int))) from range(8) t(i)");
        Assert.Equal(2, greedy.ExitCode);
        Assert.Contains("more memory than the 1024 MB", greedy.Error, StringComparison.Ordinal);
        var endless = await CommandLine.Run(folder, "query", Among(3_000));
        Assert.Equal(1, endless.ExitCode);
        Assert.Contains("the server takes 65,000", endless.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("run-1500", endless.Error, StringComparison.Ordinal);

        static string Among(int runs) => $"select count(*) from heads where run in ({string.Join(", ", Enumerable.Range(0, runs).Select(i => $"'run-{i:00000000000000000000}'"))})";
    }

    /// <summary>Processes of this server that answer a query now.</summary>
    private static int Answering(int server) => Directory.EnumerateDirectories("/proc").Count(process =>
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "cmdline")).Contains("--answer-one-query", StringComparison.Ordinal)
                && File.ReadAllText(Path.Combine(process, "stat")).Split(')')[^1].Split(' ', StringSplitOptions.RemoveEmptyEntries)[1] == server.ToString(System.Globalization.CultureInfo.InvariantCulture);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    });
}
