using System.Net;
using Orchestrator.Client;

namespace Orchestrator.Silo.Tests.Http;

/// <summary>What users type for sweeps and runs, where it means nothing or several.</summary>
public sealed class NameTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_name_that_several_have_lists_them_and_one_that_nobody_has_says_where_it_was_looked_for()
    {
        using var folder = new TestFolder();
        await using var cluster = await EmbeddedCluster.Start(folder, null);
        var client = cluster.Client;
        var none = await Refusal(() => client.GetSweep("last", Cancellation));
        Assert.Equal(HttpStatusCode.NotFound, none.Status);
        Assert.Contains($"no sweep yet in {folder.Path}", none.Message, StringComparison.Ordinal);
        string[] ids = [(await client.Submit(TestSweeps.Document(seeds: "0"), Cancellation)).Id, (await client.Submit(TestSweeps.Document(seeds: "1"), Cancellation)).Id];
        var name = (await client.ListSweeps(Cancellation))[0].Name;

        var several = await Refusal(() => client.GetSweep(name, Cancellation));
        Assert.Equal(HttpStatusCode.Conflict, several.Status);
        Assert.All(ids, id => Assert.Contains(id, several.Message, StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.Conflict, (await Refusal(() => client.CancelSweep(name, Cancellation))).Status);

        var missing = await Refusal(() => client.GetHeads("nonesuch", cancellation: Cancellation));
        Assert.Equal(HttpStatusCode.NotFound, missing.Status);
        Assert.Contains($"'nonesuch' is no sweep in {folder.Path} ({client.Address}", missing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_beginning_of_several_runs_lists_them_whether_they_were_handed_out_or_not()
    {
        using var folder = new TestFolder();
        await using var cluster = await EmbeddedCluster.Start(folder, null); // nobody trains
        var id = (await cluster.Client.Submit(TestSweeps.Document(seeds: "0..39"), Cancellation)).Id;
        var runs = await cluster.Client.ListRuns(id, Cancellation);
        var shared = runs.GroupBy(run => run.Id[..1]).First(group => group.Count() is > 1 and <= 10);

        var several = await Refusal(() => cluster.Client.GetRun(shared.Key, Cancellation));

        Assert.Equal(HttpStatusCode.Conflict, several.Status);
        Assert.All(shared, run => Assert.Contains(run.Id, several.Message, StringComparison.Ordinal));
        Assert.Contains($"no run in {folder.Path}", (await Refusal(() => cluster.Client.CancelRun("zzzz", Cancellation))).Message, StringComparison.Ordinal);
    }

    private static async Task<ServerErrorException> Refusal(Func<Task> call) => await Assert.ThrowsAsync<ServerErrorException>(call);
}
