using Orchestrator.Client;

namespace Orchestrator.EndToEnd.Tests;

/// <summary>A server that is guarded by tokens has queries answered by processes of their own, and outlives each.</summary>
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
