using Npgsql;
using Orchestrator.Platform;

namespace Orchestrator.TestServices;

/// <summary>A private PostgreSQL server.</summary>
public sealed class PostgresServer : PrivateServer
{
    private PostgresServer() : base("postgres", FreePort.Any())
    {
    }

    /// <summary>A server of one's own, to be disposed.</summary>
    public static async Task<PostgresServer> StartNew()
    {
        var server = new PostgresServer();
        await server.Start();
        return server;
    }

    /// <summary>Connection string to its one database, by way of another port where a proxy stands before it.</summary>
    public string Address(int? port = null) => $"Host=127.0.0.1;Port={port ?? Port};Username=orchestrator;Database=orchestrator";

    /// <summary>Stops at once, without finishing anything, and starts again from what is on the disk.</summary>
    public async Task Crash()
    {
        await Run("stop", ("POSTGRES_STOP_MODE", "immediate"));
        await Start();
    }

    /// <summary>Makes a backup of the database, which stays in use.</summary>
    public Task BackUp() => Run("dump");

    /// <summary>Puts the backup in the place of the database.</summary>
    public Task Restore() => Run("restore");

    /// <summary>A connection string to an empty schema of its own.</summary>
    public async Task<string> NewSchema(CancellationToken cancellation)
    {
        var schema = $"test_{Guid.NewGuid():N}";
        await using var source = NpgsqlDataSource.Create($"{Address()};Pooling=false");
        await using var command = source.CreateCommand($"create schema {schema}");
        await command.ExecuteNonQueryAsync(cancellation);
        return $"{Address()};Search Path={schema}";
    }
}
