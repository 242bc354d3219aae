using System.Diagnostics;
using System.Globalization;
using Orchestrator.Storage.Backends;
using Orchestrator.Storage.Postgres;
using Orchestrator.Storage.Sqlite;
using Orchestrator.Storage.Tests.Backends;
using Orchestrator.Storage.Tests.States;

namespace Orchestrator.Storage.Tests.Crashes;

/// <summary>
/// This executable as a process that writes until it is killed: every grain counts up, and says <c>grain number</c> on standard
/// output as soon as a write was acknowledged.
/// </summary>
internal static class WritingProcess
{
    public const string Verb = "write-until-killed";
    public const int Grains = 64;

    /// <summary>Starts it on a database.</summary>
    public static Process Start(string backend, string address) => Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [Verb, backend, address])
    {
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;

    public static async Task<int> Run(string[] args)
    {
        Database database = args[0] switch
        {
            nameof(Sqlite) => new SqliteDatabase(args[1]),
            nameof(Postgres) => new PostgresDatabase(args[1]),
            _ => throw new ArgumentException($"there is no back end '{args[0]}'"),
        };
        await using var opened = new Opened(database);
        using var output = TextWriter.Synchronized(new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true });
        await Task.WhenAll(Enumerable.Range(0, Grains).Select(Count));
        return 0;

        async Task Count(int index)
        {
            var held = new GrainState<Counter>(new Counter { Index = index });
            while (true)
            {
                held.State!.Number++;
                await opened.Storage.WriteStateAsync("state", GrainId.Create("test", $"{index}"), held);
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{index} {held.State.Number}"));
            }
        }
    }
}
