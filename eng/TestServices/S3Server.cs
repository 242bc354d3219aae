using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Orchestrator.TestServices;

/// <summary>
/// A server on 127.0.0.1 that speaks as much S3 as an artifact store needs: objects of one bucket by PUT, GET, HEAD and DELETE, path
/// style, with ETags, S3's errors and version 4 signatures, which it checks over headers and content. It can be told to fail.
/// </summary>
public sealed class S3Server : IAsyncDisposable
{
    private readonly WebApplication _app;
    private int _unavailable;
    private int _cutUploads;
    private int _cutDownloads;

    private S3Server(WebApplication app) => _app = app;

    /// <summary>The one bucket there is.</summary>
    public const string Bucket = "artifacts";

    /// <summary>The key id that it knows.</summary>
    public const string KeyId = "TESTKEY";

    /// <summary>The secret of that key.</summary>
    public const string Secret = "the/secret+of=that key";

    /// <summary>The key as the environment gives it to a process.</summary>
    public static IReadOnlyDictionary<string, string> Credentials { get; } = new Dictionary<string, string> { ["AWS_ACCESS_KEY_ID"] = KeyId, ["AWS_SECRET_ACCESS_KEY"] = Secret };

    /// <summary>What is stored, by key.</summary>
    public ConcurrentDictionary<string, byte[]> Objects { get; } = [];

    /// <summary>How many requests it got.</summary>
    public int Requests { get; private set; }

    /// <summary>Its address.</summary>
    public Uri Address => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());

    /// <summary>The next requests are answered with 503.</summary>
    public void BeUnavailable(int requests) => _unavailable = requests;

    /// <summary>The connections of the next uploads end in the middle of the content.</summary>
    public void CutUploads(int requests) => _cutUploads = requests;

    /// <summary>The connections of the next downloads end in the middle of the content.</summary>
    public void CutDownloads(int requests) => _cutDownloads = requests;

    /// <summary>A server of one's own, to be disposed.</summary>
    public static async Task<S3Server> StartNew()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1);
            kestrel.Limits.MaxRequestBodySize = null;
        });
        builder.Logging.ClearProviders();
        var server = new S3Server(builder.Build());
        server._app.Run(server.Answer);
        await server._app.StartAsync();
        return server;
    }

    /// <summary>Stops it; everything is gone.</summary>
    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task Answer(HttpContext http)
    {
        Requests++;
        if (Take(ref _unavailable))
        {
            await Refuse(http, 503, "SlowDown");
            return;
        }
        if (HttpMethods.IsPut(http.Request.Method) && Take(ref _cutUploads))
        {
            await http.Request.Body.ReadExactlyAsync(new byte[(int)http.Request.ContentLength!.Value / 2], http.RequestAborted);
            http.Abort();
            return;
        }
        using var content = new MemoryStream();
        await http.Request.Body.CopyToAsync(content, http.RequestAborted);
        if (S3Signature.Refusal(http.Request, content.ToArray(), KeyId, Secret) is { } refusal)
        {
            await Refuse(http, 403, refusal);
        }
        else if (http.Request.Path.Value!.TrimStart('/').Split('/', 2) is not [Bucket, var key])
        {
            await Refuse(http, 404, "NoSuchBucket");
        }
        else
        {
            await Serve(http, key, content.ToArray());
        }
    }

    private async Task Serve(HttpContext http, string key, byte[] content)
    {
        switch (http.Request.Method)
        {
            case "PUT":
                Objects[key] = content;
                http.Response.Headers.ETag = Tag(content);
                break;
            case "DELETE":
                Objects.TryRemove(key, out _);
                http.Response.StatusCode = 204;
                break;
            case "GET" or "HEAD" when Objects.TryGetValue(key, out var stored):
                http.Response.Headers.ETag = Tag(stored);
                http.Response.Headers.LastModified = "Thu, 01 Jan 2026 00:00:00 GMT";
                http.Response.ContentLength = stored.Length;
                if (http.Request.Method == "GET")
                {
                    await Send(http, stored);
                }
                break;
            case "GET" or "HEAD":
                await Refuse(http, 404, "NoSuchKey");
                break;
            default:
                await Refuse(http, 405, "MethodNotAllowed");
                break;
        }
    }

    private async Task Send(HttpContext http, byte[] content)
    {
        if (!Take(ref _cutDownloads))
        {
            await http.Response.Body.WriteAsync(content, http.RequestAborted);
            return;
        }
        await http.Response.Body.WriteAsync(content.AsMemory(0, content.Length / 2), http.RequestAborted);
        await http.Response.Body.FlushAsync(http.RequestAborted);
        http.Abort();
    }

    private static async Task Refuse(HttpContext http, int status, string code)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/xml";
        if (http.Request.Method != "HEAD")
        {
            await http.Response.WriteAsync($"<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>{code}</Code><Message>refused: {code}</Message><RequestId>1</RequestId></Error>", http.RequestAborted);
        }
    }

#pragma warning disable CA5351 // the ETag of S3 is an MD5, which clients compare with what they read
    private static string Tag(byte[] content) => $"\"{Convert.ToHexStringLower(MD5.HashData(content))}\"";
#pragma warning restore CA5351

    private static bool Take(ref int left) => Interlocked.Decrement(ref left) >= 0;
}
