using Orchestrator.Storage.Backends;
using Orchestrator.Storage.Sqlite;

namespace Orchestrator.Storage.Tests.Backends;

public sealed class SqliteBackend : ITestBackend
{
    Task<ITestDatabase> ITestBackend.Create() => Task.FromResult<ITestDatabase>(new File());

    private sealed class File : ITestDatabase
    {
        private readonly TemporaryFolder _folder = new();

        public string Address => _folder.File("state.db");

        public Database Open() => new SqliteDatabase(Address);

        public ValueTask DisposeAsync()
        {
            _folder.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
