using System.Text.Json;
using Orchestrator.Cli.CommandLine;
using Orchestrator.Contracts;

namespace Orchestrator.Cli.Hosting;

/// <summary>
/// A data folder belongs to one process at a time, besides those that only read. The operating system holds the lock on <c>lock</c>, so that it ends with the
/// process however that ends; <c>lock.json</c> beside it says who holds it and where it answers.
/// </summary>
internal sealed class DataFolderLock : IDisposable
{
    private const int Looks = 100;
    private readonly FileStream _stream;
    private readonly string _note;

    private bool _temporary;

    private DataFolderLock(FileStream stream, string folder) => (_stream, Folder, _note) = (stream, folder, NotePath(folder));

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>Takes the lock and creates the folder if needed; null if another process holds it.</summary>
    public static DataFolderLock? TryAcquire(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCode.Usage, $"the data folder {folder} cannot be made: {error.Message}; name another with --data (or ORCHESTRATOR_DATA)", error);
        }
        var wait = new SpinWait();
        while (true)
        {
            try
            {
                var stream = new FileStream(LockPath(folder), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
                var held = new DataFolderLock(stream, folder);
                held.Forget();
                return held;
            }
            catch (UnauthorizedAccessException error)
            {
                throw new CliException(ExitCode.Usage, $"the data folder {folder} cannot be written: {error.Message}; mend its permissions or name another with --data", error);
            }
            catch (IOException error)
            {
                if (IsHeld(folder))
                {
                    return null;
                }
                if (wait.Count == Looks)
                {
                    throw new CliException(ExitCode.Failed, $"the data folder {folder} cannot be locked: {error.Message}; name another with --data (or ORCHESTRATOR_DATA)", error);
                }
                wait.SpinOnce(); // somebody only looked
            }
        }
    }

    /// <summary>A new folder that is removed when it is given back.</summary>
    public static DataFolderLock Temporary()
    {
        var held = TryAcquire(Directory.CreateTempSubdirectory("orchestrator-").FullName)!;
        held._temporary = true;
        return held;
    }

    /// <summary>Whether another process holds the folder now; creates nothing.</summary>
    public static bool IsHeld(string folder)
    {
        try
        {
            using var probe = new FileStream(LockPath(folder), FileMode.Open, FileAccess.Read, FileShare.Read); // beside others who look
            return false;
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
        catch (UnauthorizedAccessException error)
        {
            throw new CliException(ExitCode.Usage, $"the data folder {folder} cannot be read: {error.Message}; mend its permissions or name another with --data", error);
        }
        catch (IOException)
        {
            return true;
        }
    }

    /// <summary>Who holds the folder, or null if nobody has said so (yet). Only true while <see cref="IsHeld"/> is.</summary>
    public static LockHolder? ReadHolder(string folder)
    {
        try
        {
            return JsonSerializer.Deserialize<LockHolder>(File.ReadAllText(NotePath(folder)), Json.Options);
        }
        catch (Exception error) when (error is IOException or JsonException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Tells others where this process answers.</summary>
    public void Announce(Uri address, bool withWorker)
    {
        var text = JsonSerializer.Serialize(new LockHolder(Environment.ProcessId, address, withWorker), Json.Options);
        var temporary = _note + ".new";
        File.WriteAllText(temporary, text);
        File.Move(temporary, _note, overwrite: true);
    }

    /// <summary>Gives the folder back.</summary>
    public void Dispose()
    {
        Forget();
        _stream.Dispose();
        if (_temporary)
        {
            Directory.Delete(Folder, recursive: true);
        }
    }

    private void Forget() => File.Delete(_note);

    private static string LockPath(string folder) => Path.Combine(folder, "lock");

    private static string NotePath(string folder) => Path.Combine(folder, "lock.json");
}

/// <summary>The process that holds a data folder.</summary>
/// <param name="Pid">Its process id.</param>
/// <param name="Url">Where it answers.</param>
/// <param name="WithWorker">Whether it trains; a process that ends something does not, and is gone in a moment.</param>
internal sealed record LockHolder(int Pid, Uri Url, bool WithWorker);
