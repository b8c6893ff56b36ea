/* Key pairs made for these tests, in PEM. */
#ifndef TESTS_PROVIDER_TEST_KEYS_H
#define TESTS_PROVIDER_TEST_KEYS_H

#define RSA_PRIVATE_PEM                                                      \
	"-----BEGIN PRIVATE KEY-----\n"                                      \
	"MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQDL1jBHMWXChUdj\n" \
	"DqVIVufDKENrs7qIg0eKKtUCvyCAQEzUFP8A60j2GjjUt+V4lwDNBM6P5gYdE40h\n" \
	"GtTQwzg5M5rOeRascuUFK6CzYjY4uy9PP/WruhS4Ow3TSTIahoXyfRmpaXJxYCPE\n" \
	"gXD+2wSSAHMUtMLzMji1MUkw0R0nMqoQpSfoldRqrDnO65q14mcttC1nrD8joQp4\n" \
	"Cqe1CoUrOl1lLdGedHypHRnYlywffYMAtyqgJzezCn90yTX704g3O4pd4u8XP9Nf\n" \
	"dMQgn4WgV62OlM+GFVRHjXU79Kw3J7Y2nbgsZosU01VqSjx3uTXeCK8VKLBYHp68\n" \
	"srkcszHnAgMBAAECggEASk8Bl5qS+chjn2GB8K6528PsXDGPsV+Gb4Cw2cj6XLbU\n" \
	"K0aiNeAQX6Nsj2Og9Ia8BIGZmgzlsqjjfKuO5LIeZ4AAEgBDu0dBZVKjyXFmyeS3\n" \
	"WQE8mseB8S2aGynmaZQb9awUdFWcImfFckgr/MS0VFN0oJpLLaRj1u4qO/En2xcu\n" \
	"6NaiiTSTgM1gOpYr0LTT0oKfsflpTVV7agtBss27JZxDsBx3GAmGdQkMSgRayx1k\n" \
	"td+aGUToniUso0aWLzXxbNv3gqQK5DP3YX18HTRIfcls9Irsnz+OEwbNc/J4kCfP\n" \
	"i0yRZt2qSxAw1KjLHyFY94xpE00FMkaFKjgyGdkpiQKBgQDxXxpicbOo/YlN8kJX\n" \
	"w3uK1/9wfPhU5cBk104G6BoSrqVad+xuwXrOMGgyPNVMOH7AtNjHdWoszKbfogkP\n" \
	"mbOAOSy6p+xIHhA/lOmsTwMNt7BkYnIrgoDw7jOP2jRAe3p8uydmO3ykPYsFEJLx\n" \
	"T9MY9NSriLDF1LPBPvwi+UYW7wKBgQDYMLrcskrM6N7TlPkKudysSN1RuMkK0CFe\n" \
	"cneX7CR0GdlCE92cOfsuhDLUntz4RNCL7M/HEhU5SPso4XcjOtj3mFXLhSD6AIsV\n" \
	"W9YWQ1kKnosWID+JnY8n2N97Qxi2lQdTY+YBwVk9nsKtGh7Ywx5GbuAeXGpd6XHC\n" \
	"0Y95D/3UiQKBgE1myfc3rv1KEHXGci/iqANmMKvJ53iSFJhB0uu0EmhbSPsx6ce6\n" \
	"k777Fu7FQ0El/L+fPsT3igzDs9+S/oTaLQ25R/azUrntqhg5kJWI4NnNRetrBmGd\n" \
	"f+vC9xXySz9CWY0WFxRZjya79ZCyN+zaRD+Eg45eTxGhm+MkZ4ZvmWJRAoGANPLC\n" \
	"YVkdbtA9+s4KrLDWti9mXSSHwKk28v3QAppoVzMZfdCFv0SIG11vYZnC/t9DwHFw\n" \
	"dg4cupoAQYPu/OblysY5hQ4HBJPrfICwj2VRQoOQBwxA44B+VkEMgxDs1ZLsZ2UZ\n" \
	"KSbkp23huimikm4/VPrE00rJFlUdcpyGqhzbixkCgYEAjwyMo15UO6QpMhrzEZGR\n" \
	"Y1wKISClvjbg566deqLKbUtU3wP6EGYuta3Ft7X1cCJ9YuKY+/R3JD2KWO58cfzo\n" \
	"iOoY2NYPA79KBpn4A055+6jGlsZLbwfuqtfrQEgh3Ekm9zLReVZTFE9SeaeLGd/n\n" \
	"dCWaGk13T8M20qYKLphBIQw=\n"                                         \
	"-----END PRIVATE KEY-----\n"

#define RSA_PUBLIC_PEM                                                       \
	"-----BEGIN PUBLIC KEY-----\n"                                       \
	"MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAy9YwRzFlwoVHYw6lSFbn\n" \
	"wyhDa7O6iINHiirVAr8ggEBM1BT/AOtI9ho41LfleJcAzQTOj+YGHRONIRrU0MM4\n" \
	"OTOaznkWrHLlBSugs2I2OLsvTz/1q7oUuDsN00kyGoaF8n0ZqWlycWAjxIFw/tsE\n" \
	"kgBzFLTC8zI4tTFJMNEdJzKqEKUn6JXUaqw5zuuateJnLbQtZ6w/I6EKeAqntQqF\n" \
	"KzpdZS3RnnR8qR0Z2JcsH32DALcqoCc3swp/dMk1+9OINzuKXeLvFz/TX3TEIJ+F\n" \
	"oFetjpTPhhVUR411O/SsNye2Np24LGaLFNNVako8d7k13givFSiwWB6evLK5HLMx\n" \
	"5wIDAQAB\n"                                                         \
	"-----END PUBLIC KEY-----\n"

#define OTHER_RSA_PRIVATE_PEM                                                \
	"-----BEGIN PRIVATE KEY-----\n"                                      \
	"MIIEvAIBADANBgkqhkiG9w0BAQEFAASCBKYwggSiAgEAAoIBAQDj4lM1vhYslK54\n" \
	"0p5OFmvbip0pepJMDqe93Xhd35Q7J4j0JvnIW1y6oAiGX+X//aFk9wT/Ugsny/aW\n" \
	"1T1j6BhPmneDqVuECbGadDo53nVJPJexWH6iUYxNLuSNxIXYSMqzn4B0tNfQmSsL\n" \
	"w9AZoS6N9CVU5YIIVTqsEG7EOyIiW10r6JjJlV8kJ6MpN0Tyhw5IOmGTBv1e/wmF\n" \
	"+a4o0i5S9E0+WjiTHHjpg3g+uamwugKum2U7YGr1asO5k6IUByn2YO7cOQkeP0D+\n" \
	"LLx4ZL2QVzr4Q3kZYwDylzMaY/8t/yQo2hqvQYv3qnmPtjuABpGvFUqFPW6czS3Q\n" \
	"zTujMkgLAgMBAAECggEAT5wuc5TvjC148i6qLR96GJ1JIEd4umdYRGUNesXzs+Kw\n" \
	"3pKLKmp4b54evEreP9rsOihtr4CK8yE3CSR/qNpZO937qJxOo0b7q7i06qiDks0/\n" \
	"NS50NuKEQCaEo94m4BM19SBgsOTIjFAmEJscpQeBCwhizlDLZ3vW3mtzNsxttVBK\n" \
	"3urFea4DQdlOFlxPCwfx2UoKc/4vn7FM+cvgz2BNG9h0wHH9mMgApWvps+tBscFD\n" \
	"Aie+uitW7uXL3zPY0N77xKVhseO7/sZYiieONxje1yNJb42J3LwAWwOwRSh0Dp7J\n" \
	"B4LseDlepNfsdVtEn9H0gGBp9/2GeF1tF1riCO49IQKBgQD4NnyCBSr1cm7I8zG7\n" \
	"Pe72wA5+hekXS5BPYi7GEuKLioSNdf9OXXNEq1HIq7T2jXu6bqr/kmYYLj3g3xZt\n" \
	"lPXayziHyGINhqtEp2foZylRDlbXO4ErQkCVK0+Uxj+NA1f1hCTMQaIbz6Nffe2i\n" \
	"lB3MiE+rbn5w7GujQUn47HH/MQKBgQDrCJGkpN4E1rzYSqLHT8VVYqAQvQcjNNf4\n" \
	"jcLZYRMKzXkZ84Hhwkt/nNETkniOLsh3MjYAzdeo3JGLXpzTelFWpFdOHg4Kq5Py\n" \
	"2fimgbSnd7ls7ii4xuliHhHmQsfWqjltv5PuCs18I/lEV/Byx88YBl51DZryqk+F\n" \
	"1VGql4eD+wKBgC80rZlMwk7L5KXzGpIxxTDIdfk6Hop/pIJ0edDR5qQDRBJjTpro\n" \
	"yvNUYcl4XoJFhjJ+uabBgQk4QixyQSG2IsvpumaYhY1s/0WfUPOyKvlvcLSebIJ9\n" \
	"pyq3gfsZeRyodiILb7QpB1uisb+Hg5pX8RLlGcHQ0dtIG3CBCkB9N3EBAoGAHnKL\n" \
	"u5KIGIRhDnwMvlk9LSSLq99xD0SHPfHPbi2/M8UOjSgYiVCMS0nbY/ezmmfBHH/q\n" \
	"swv3hi6cxDtLgbH0246KqNoH46X6kpleNuPSrWc7JDtuFxHdphJTK0s3bD29FtSc\n" \
	"q1fG6vAWGJ5zzcrIr0oT7oIGsq0RhDrwS3M54QUCgYBh3UIaJH0/SUoM7DUZLnsW\n" \
	"0139pIPvn8C6jG5lLATHOJ0qPa0VK8uUOEGi/EHuynM+TBnU/3AMAEMqqKgO0urz\n" \
	"Xw23tiGTol6iROdkR+r27UEuUYB1wc63K8DtgvU9pXiSfP3JWhU5Hy6WbWeoTCWI\n" \
	"UfLf+LApP9qXJBbcgGJ+2w==\n"                                         \
	"-----END PRIVATE KEY-----\n"

#define OTHER_RSA_PUBLIC_PEM                                                 \
	"-----BEGIN PUBLIC KEY-----\n"                                       \
	"MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA4+JTNb4WLJSueNKeThZr\n" \
	"24qdKXqSTA6nvd14Xd+UOyeI9Cb5yFtcuqAIhl/l//2hZPcE/1ILJ8v2ltU9Y+gY\n" \
	"T5p3g6lbhAmxmnQ6Od51STyXsVh+olGMTS7kjcSF2EjKs5+AdLTX0JkrC8PQGaEu\n" \
	"jfQlVOWCCFU6rBBuxDsiIltdK+iYyZVfJCejKTdE8ocOSDphkwb9Xv8JhfmuKNIu\n" \
	"UvRNPlo4kxx46YN4PrmpsLoCrptlO2Bq9WrDuZOiFAcp9mDu3DkJHj9A/iy8eGS9\n" \
	"kFc6+EN5GWMA8pczGmP/Lf8kKNoar0GL96p5j7Y7gAaRrxVKhT1unM0t0M07ozJI\n" \
	"CwIDAQAB\n"                                                         \
	"-----END PUBLIC KEY-----\n"

#define P256_PRIVATE_PEM                                                     \
	"-----BEGIN PRIVATE KEY-----\n"                                      \
	"MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgIuBecIs+01QTPkuZ\n" \
	"OaBIrr9CP+S3UGCF6oYrdGtadfehRANCAASw0TuTfVKGaubDGXEqMWAfja6tHvIN\n" \
	"/qrZmF/6tn94EZsgIr44jJgmajYJX7qV8wuXNBBr/f18VKS/hQBv5H9/\n"         \
	"-----END PRIVATE KEY-----\n"

#define P256_PUBLIC_PEM                                                      \
	"-----BEGIN PUBLIC KEY-----\n"                                       \
	"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEsNE7k31ShmrmwxlxKjFgH42urR7y\n" \
	"Df6q2Zhf+rZ/eBGbICK+OIyYJmo2CV+6lfMLlzQQa/39fFSkv4UAb+R/fw==\n"     \
	"-----END PUBLIC KEY-----\n"

#define ED25519_PRIVATE_PEM                                                  \
	"-----BEGIN PRIVATE KEY-----\n"                                      \
	"MC4CAQAwBQYDK2VwBCIEIM4muHggPpA/aLy9XC1K7CQ7pTeY1PljGriNsvm5GGZo\n" \
	"-----END PRIVATE KEY-----\n"

#define ED25519_PUBLIC_PEM                                               \
	"-----BEGIN PUBLIC KEY-----\n"                                   \
	"MCowBQYDK2VwAyEA4DadPyYH2pUUqUMYH9KUnvcTsazqSHy380JkDAY0Ync=\n" \
	"-----END PUBLIC KEY-----\n"

#endif
