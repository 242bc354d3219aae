using Orchestrator.Storage.Backends;
using Orchestrator.Storage.Postgres;

namespace Orchestrator.Storage.Tests.Backends;

public sealed class PostgresBackend : ITestBackend
{
    async Task<ITestDatabase> ITestBackend.Create() => new Schema(await SharedPostgres.NewSchema());

    private sealed class Schema(string address) : ITestDatabase
    {
        public string Address => address;

        public Database Open() => new PostgresDatabase(address);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;   // it goes with the server
    }
}
