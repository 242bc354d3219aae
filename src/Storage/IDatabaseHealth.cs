using Orchestrator.Storage.Postgres;

namespace Orchestrator.Storage;

/// <summary>Whether what this process writes is stored: seen, not believed.</summary>
public interface IDatabaseHealth
{
    /// <summary>
    /// Writes a row of this process's own the way grains do, reads it back and removes it. Throws with the reason if that does not work. If
    /// the process only reads, so does this.
    /// </summary>
    Task Check(CancellationToken cancellation = default);
}

/// <summary>A database as it answered.</summary>
/// <param name="Name">What it is and where, without its password.</param>
/// <param name="Version">The server's version.</param>
/// <param name="Schema">Schema version that is stored; 0 if no silo has used it yet.</param>
/// <param name="KnownSchema">Newest schema version that this build knows.</param>
/// <param name="Now">The database's clock.</param>
public sealed record DatabaseStatus(string Name, string Version, int Schema, int KnownSchema, DateTimeOffset Now);

/// <summary>Looks at a database that no host of this process uses.</summary>
public static class DatabaseHealth
{
    /// <summary>Looks once at a PostgreSQL database.</summary>
    public static async Task<DatabaseStatus> LookAtPostgres(string connectionString, CancellationToken cancellation)
    {
        await using var database = new PostgresDatabase(connectionString);
        return await database.Look(cancellation);
    }
}
