using Orchestrator.Storage.Tests.Backends;
using Orchestrator.TestServices;

[assembly: AssemblyFixture(typeof(SharedPostgres))]

namespace Orchestrator.Storage.Tests.Backends;

/// <summary>The server that most tests share, started when the first asks for it; it stops when the last test of the assembly has ended.</summary>
public sealed class SharedPostgres : IAsyncDisposable
{
    private static readonly Lazy<Task<PostgresServer>> Server = new(PostgresServer.StartNew);

    /// <summary>A connection string to an empty schema of its own.</summary>
    public static async Task<string> NewSchema()
    {
        SkipWithoutServers();
        return await (await Server.Value).NewSchema(TestContext.Current.CancellationToken);
    }

    /// <summary>Ends the test as skipped if no servers are to be started.</summary>
    public static void SkipWithoutServers() => Assert.SkipUnless(PrivateServer.Wanted, "ORCHESTRATOR_TEST_SERVICES is none");

    public async ValueTask DisposeAsync()
    {
        if (Server.IsValueCreated && Server.Value.IsCompletedSuccessfully)
        {
            await (await Server.Value).DisposeAsync();
        }
    }
}
