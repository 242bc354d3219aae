using Orchestrator.Storage.Backends;

namespace Orchestrator.Storage.Tests.Backends;

/// <summary>Makes empty databases of one kind.</summary>
public interface ITestBackend
{
    /// <summary>An empty database of its own.</summary>
    internal Task<ITestDatabase> Create();
}

/// <summary>One database, which can be opened many times; it is gone after it was disposed.</summary>
internal interface ITestDatabase : IAsyncDisposable
{
    /// <summary>What a child process needs to open it: a path or a connection string.</summary>
    string Address { get; }

    Database Open();
}
