/*
 * Key pairs made for these tests (OKP: RFC 8032), as JWKs with and without the private
 * part, and tokens that PyJWT made with them: iss "joe", aud "bridge", exp 1700000300.
 */
#ifndef TESTS_VERIFY_JWT_KEYS_H
#define TESTS_VERIFY_JWT_KEYS_H

#define RSA_PUBLIC                                                             \
	"{\"kty\":\"RSA\",\"kid\":\"rsa\",\"n\":"                              \
	"\"k77DJ5NytouBmqsr9nnhVUC276qYozhvHfjsZQ"                             \
	"CnEdIacZTleBTOSYNS_JXSuHLmlHmhv-3_9-sVu0XgGmMWkIYAv86lQ79CbVv-Fal1Xy" \
	"jzZiTcD_9UaXQo0VV5LfQnL3SJXrce8YS0UmH5LtX_h8Y30fgyy7oXxo-KXB1oOTOe5V" \
	"F1ykI3rXbSq5z-yZczeIzEO_GB7_OHS5hmnPak0RZVeY6sE9nNAxMIln6TQ9dEMD8AaC" \
	"tpVOQUyO32w8yUm-_gvdBTMnxfwfJv8d9GQF9lVJ5DnWz4PkV2znIHvG_dkwHq0m-XCz" \
	"riltio_9ogeQT10fOrjOEyoiAEhXO49Q\",\"e\":\"AQAB\"}"

#define RSA_PRIVATE                                                                    \
	"{\"kty\":\"RSA\",\"kid\":\"rsa\",\"n\":"                                      \
	"\"k77DJ5NytouBmqsr9nnhVUC276qYozhvHfjsZQ"                                     \
	"CnEdIacZTleBTOSYNS_JXSuHLmlHmhv-3_9-sVu0XgGmMWkIYAv86lQ79CbVv-Fal1Xy"         \
	"jzZiTcD_9UaXQo0VV5LfQnL3SJXrce8YS0UmH5LtX_h8Y30fgyy7oXxo-KXB1oOTOe5V"         \
	"F1ykI3rXbSq5z-yZczeIzEO_GB7_OHS5hmnPak0RZVeY6sE9nNAxMIln6TQ9dEMD8AaC"         \
	"tpVOQUyO32w8yUm-_gvdBTMnxfwfJv8d9GQF9lVJ5DnWz4PkV2znIHvG_dkwHq0m-XCz"         \
	"riltio_9ogeQT10fOrjOEyoiAEhXO49Q\",\"e\":\"AQAB\",\"d\":\"C1-S_Ffwa7b_ih2FK9" \
	"skCoEJ1BdI2r-8Zg1EfV34fnmzCW1R4NWRL72JROJvrz1BHMrkNbcnjjktmhX982oPUZ"         \
	"7PLfTFahquDWcYfyhlXab0XbeWrTCVmeyUO9Edm_kAjzmkXYMxQZxamUDrgrx8iEItB9"         \
	"_YYTB5JhLkrsSgwk5mCfeEjiKX4n6FGLd8iPNTApR94lnAxDPNbNjPPHEkYNB_GXmJFD"         \
	"lz9xwP5-oV1x4aEtKOS_LgCAuSOY1pHDjUv9ntFB7V2itSP2Rldx4mptA6VD42lLzzm8"         \
	"iPFfQAZQCKp1WeLBZdlc01wkKsNxJWfYZyFoellwrTILKCpXxcnQ\"}"

#define P256_PUBLIC                                                                \
	"{\"kty\":\"EC\",\"kid\":\"p256\",\"crv\":\"P-256\",\"x\":"                \
	"\"rRNunC2Hnp6IwRo3tTz1wXeI"                                               \
	"yDQcJOtc-CVBUyiLt0k\",\"y\":\"XusJyK4lL4dx-Y8-SZfcBt1LT_A6FnjnpgtuzYYSYp" \
	"4\"}"

#define P256_PRIVATE                                                               \
	"{\"kty\":\"EC\",\"kid\":\"p256\",\"crv\":\"P-256\",\"x\":"                \
	"\"rRNunC2Hnp6IwRo3tTz1wXeI"                                               \
	"yDQcJOtc-CVBUyiLt0k\",\"y\":\"XusJyK4lL4dx-Y8-SZfcBt1LT_A6FnjnpgtuzYYSYp" \
	"4\",\"d\":\"Q01YldY8zrZpYRD9eFRxhy9QJaDJrl_S074pSYOhHN0\"}"

#define P384_PUBLIC                                                                 \
	"{\"kty\":\"EC\",\"kid\":\"p384\",\"crv\":\"P-384\",\"x\":\"t-BhTaibN0zOR_" \
	"mSpVr2V1dj"                                                                \
	"2z5w-lbWDstiQIOD1xv1ZiIRhOq8WqGuBM5h_z7B\",\"y\":\"jrHt_D36lbFrXlVeGOTY1"  \
	"Mk-c73OD3GVgB4rou2i94XVAQ3SJH2CtQnIJJN5_KZ7\"}"

#define P384_PRIVATE                                                                \
	"{\"kty\":\"EC\",\"kid\":\"p384\",\"crv\":\"P-384\",\"x\":\"t-BhTaibN0zOR_" \
	"mSpVr2V1dj"                                                                \
	"2z5w-lbWDstiQIOD1xv1ZiIRhOq8WqGuBM5h_z7B\",\"y\":\"jrHt_D36lbFrXlVeGOTY1"  \
	"Mk-c73OD3GVgB4rou2i94XVAQ3SJH2CtQnIJJN5_KZ7\",\"d\":\"yFnQ27nCQsv_Ia3quc"  \
	"im7AORY8540bBAgspLpe77HLtTVJ6mwK22Od_gibhu3coA\"}"

#define P521_PUBLIC                                                              \
	"{\"kty\":\"EC\",\"kid\":\"p521\",\"crv\":\"P-521\",\"x\":\"APmZbUm-Ab-" \
	"rmppQZnkbFZzq"                                                          \
	"o12o4-ynYubqAP7BR5iFGyym29I9WF-x1aIEB-LUEDIBFZqvwkt6w7sD7XgPgqcb\",\"y" \
	"\":\"AExpRahRbWGlEZ2cYRe5-HpGkkGMPWeo7ej-bAvtXTABT-N_Lxkb6f3ltiDC5GdRY" \
	"JpiufKJ3NG7EabTRu9z8N52\"}"

#define P521_PRIVATE                                                               \
	"{\"kty\":\"EC\",\"kid\":\"p521\",\"crv\":\"P-521\",\"x\":\"APmZbUm-Ab-"   \
	"rmppQZnkbFZzq"                                                            \
	"o12o4-ynYubqAP7BR5iFGyym29I9WF-x1aIEB-LUEDIBFZqvwkt6w7sD7XgPgqcb\",\"y"   \
	"\":\"AExpRahRbWGlEZ2cYRe5-HpGkkGMPWeo7ej-bAvtXTABT-N_Lxkb6f3ltiDC5GdRY"   \
	"JpiufKJ3NG7EabTRu9z8N52\",\"d\":\"AQaihBXnX1aLTefYM8XrbFTNPOaDGfGNyiXQG5" \
	"cmgagJv3eLHxrtNkLui4TLjV4Iho0gw0aVJg2KLNFLOXLZZmK8\"}"

#define ED25519_PUBLIC                                                               \
	"{\"kty\":\"OKP\",\"kid\":\"ed\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_" \
	"7TyWQHOg7"                                                                  \
	"hcvPapiMlrwIaaPcHURo\"}"

#define ED25519_PRIVATE                                                              \
	"{\"kty\":\"OKP\",\"kid\":\"ed\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_" \
	"7TyWQHOg7"                                                                  \
	"hcvPapiMlrwIaaPcHURo\",\"d\":\"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf"   \
	"2A\"}"

#define OCT_PUBLIC                                 \
	"{\"kty\":\"oct\",\"kid\":\"oct\",\"k\":"  \
	"\"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYm" \
	"NkZWYwMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZg\"}"

#define RSA_PEM                                                              \
	"-----BEGIN PUBLIC KEY-----\n"                                       \
	"MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAk77DJ5NytouBmqsr9nnh\n" \
	"VUC276qYozhvHfjsZQCnEdIacZTleBTOSYNS/JXSuHLmlHmhv+3/9+sVu0XgGmMW\n" \
	"kIYAv86lQ79CbVv+Fal1XyjzZiTcD/9UaXQo0VV5LfQnL3SJXrce8YS0UmH5LtX/\n" \
	"h8Y30fgyy7oXxo+KXB1oOTOe5VF1ykI3rXbSq5z+yZczeIzEO/GB7/OHS5hmnPak\n" \
	"0RZVeY6sE9nNAxMIln6TQ9dEMD8AaCtpVOQUyO32w8yUm+/gvdBTMnxfwfJv8d9G\n" \
	"QF9lVJ5DnWz4PkV2znIHvG/dkwHq0m+XCzriltio/9ogeQT10fOrjOEyoiAEhXO4\n" \
	"9QIDAQAB\n"                                                         \
	"-----END PUBLIC KEY-----\n"

#define RSA_WEAK                                                                      \
	"{\"kty\":\"RSA\",\"n\":\"o987ecVlAdB2YmMjZnddxipg-Es3sKFIIBAq8YXYaBfldKhW7o" \
	"WlnU3i_fzTV5bOw4ZobYHeWlgKkSdylz_ZrEBhOihu5lv1oNwIxA-cMxd1iwtRdQKPn9"        \
	"KxcaeuLtxERt5Mb-2XRe8spOVDORwwcm0SBFBbOSNsc6h-_i2DSyk\",\"e\":\"AQAB\"}"

#define TOKEN_HS256                                                            \
	"eyJhbGciOiJIUzI1NiIsImtpZCI6Im9jdCIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJqb2U" \
	"iLCJhdWQiOiJicmlkZ2UiLCJleHAiOjE3MDAwMDAzMDB9.qSJCdOjpa4H1lRo_20sNQK" \
	"BJcE6xqRGTbz4HCV10Wa8"

#define TOKEN_HS384                                                            \
	"eyJhbGciOiJIUzM4NCIsImtpZCI6Im9jdCIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJqb2U" \
	"iLCJhdWQiOiJicmlkZ2UiLCJleHAiOjE3MDAwMDAzMDB9.boMBQhnJaGNGNO9j7Id1mt" \
	"Zgz6_BMdA72-jeagChrGxnuGQSotX-q_pOzNnzDfh9"

#define TOKEN_HS512                                                            \
	"eyJhbGciOiJIUzUxMiIsImtpZCI6Im9jdCIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJqb2U" \
	"iLCJhdWQiOiJicmlkZ2UiLCJleHAiOjE3MDAwMDAzMDB9.CR87PkcOArJulqhyCVGjjE" \
	"AI4iG8_3UPY9uCAmihZcNVBnk163pAGtT_XXxnNfWHO7rHKLXcVLNoiTXitkvgPg"

#define TOKEN_RS256                                                            \
	"eyJhbGciOiJSUzI1NiIsImtpZCI6InJzYSIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJqb2U" \
	"iLCJhdWQiOiJicmlkZ2UiLCJleHAiOjE3MDAwMDAzMDB9.WOtmtZdnWMiJhoDa7CjXop" \
	"bHJdhq1s54turCFeH1uxnR2nqk_BhjHIsWmfoIjzS_H6R1eYWJW6Y_ohpGlIEpGt7E6w" \
	"oRQmbvcp7Rg08Qt6VtkpCA3OVcaUa-s5ea50j5TOkTwIYwqp3Cq_diuNIcSRUBZE-dBH" \
	"AomtfBuwgrxtJTa96Q8lgpsFh19E3QqNUjoN9hSy8jqGcYGoabyjAlNGvZhk4MmSwamq" \
	"neQGfMUI-kfBHj0ZOWK71E7pKecKckwPlxZp9sjwDhlmb42dLwDD-Q4pqLnQLy7r9QHz" \
	"__Y6D4prZ3-fobSH7-ZHbVWLDtKiY3gfkNHIULvj03WZUpwA"

#define TOKEN_RS384                                                            \
	"eyJhbGciOiJSUzM4NCIsImtpZCI6InJzYSIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJqb2U" \
	"iLCJhdWQiOiJicmlkZ2UiLCJleHAiOjE3MDAwMDAzMDB9.aSeHrIMP2u8ucrOCoiVojY" \
	"CjynbUuWJj7M4YcLAVmbOlIyVh7D4F71gW73GAULEmT8TBTzHl62ItAro5utn9AmeQxU" \
	"VlNToLpBtnVV1kNB7hmXjRRnmeAk_kfd76dWCs3xSUVsuoyR5AEOXTJ9hM2mKlCiH8a_" \
	"_6OhsmaYRFH6sepel75xnclLkW7hlXk2aW8ZsM25muWQiFESoZHpGVynCW9kKk2tebYM" \
	"OdYNBOxNcLugTJDSAlRTW1yII3NX6Vx0qHhcePZLsZBkzbGOpb7wXT7bxfWJHIxBCErp" \
	"ec2LFjJOvbVomi6J-bFbxnYGYPpN74XJL0K7mCzhoQU-Db1w"

#define TOKEN_RS512                                                            \
	"eyJhbGciOiJSUzUxMiIsImtpZCI6InJzYSIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJqb2U" \
	"iLCJhdWQiOiJicmlkZ2UiLCJleHAiOjE3MDAwMDAzMDB9.e9H4VNjsyQiACMiK3tpq2u" \
	"4a0PWUKlGRCMxu5SZv92ehkOqilMXDfxXTAyH7JYHDOb0mWlYq30RFU4hUHPpO5dEZAX" \
	"zfnvm3mtA0JUIfB6TKv417T0PxFqBMe23PGWw2jbuXiGSGGE-xSvOd-1c-Y7sS05iERm" \
	"T04-phy3HoS4SU2dRjyJ768kpaQGjKkJAZoiF18QNuH7jVOzeMImcUqD8OryVyJA7VMj" \
	"s4MhJ5y1jgdp5EedoH89LRZDkClVdJjoij7nDqZWWxJmQHHw2FVpWTMH0hit6EePygds" \
	"UUDQnd3IRJvDQLy1sOJX2titJRipPZBoqhgZEyh-SGWj4lzQ"

#define TOKEN_PS256                                                            \
	"eyJhbGciOiJQUzI1NiIsImtpZCI6InJzYSIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJqb2U" \
	"iLCJhdWQiOiJicmlkZ2UiLCJleHAiOjE3MDAwMDAzMDB9.fBQBc2fP77lB3MxvQwFoFr" \
	"MVnXsNAzceEeYqGU2jUi0AQrTFIJqAse7ft8U24SavO3iJNII6C0gEbCvinSIt5RKiah" \
	"0QSRi47tx1WofuZXk7lkP4SW2sadDjdDpS_Vg46hVUMoKlpKeBbQhSfgsZuGcnYuGDSu" \
	"j8ZjlD8KRqi704_hF_xQranYJ4Iu8Z5j3mBYLT1tAOPJXnv-wZAyQG-wcU0YruRWXonz" \
	"bvnD5wBLsCdqoc4VSqET6PzhEvs_TOUrBk3a4XJxP-bbphz5y0stGKQkFoQkrsv-xjHB" \
	"CsbM0EJvrzPEVzCGSFvDnth5ZvZBSVpB3WmzfUwiXI_-oILw"

#define TOKEN_PS384                                                            \
	"eyJhbGciOiJQUzM4NCIsImtpZCI6InJzYSIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJqb2U" \
	"iLCJhdWQiOiJicmlkZ2UiLCJleHAiOjE3MDAwMDAzMDB9.ivbw8jsbTtbckw9ol-mZiJ" \
	"WLByacXJvDoZUV0VW9DEnUo4vyDSFyGyKUDAp6fztjydwyqwH3pYdqVIdiXHUDiRATUk" \
	"kMIOz9mEwRISIMNCqDY_AUAzjtj0V-DzgEcCUlG1X__kFOpIyRWMnCIlYwJXOAtZOiXO" \
	"aG3K2JtaOU9lBqrWcyxeHTbnq6b-Rt7yUz7lAkfu77ZkmDYVMopPwtaYTvdl5A3XM8aU" \
	"RaifyoN8KHWcNWnEwNQZUI1HHpnnNm_IEAL8FcFQzkFd5kkHnQ8z7U5_1TUhfp04DJk0" \
	"VhhQ1oqKwPyNnErzZqPxIjaQ6RVcsnU991bzSit1TZB_WgqA"

#define TOKEN_PS512                                                            \
	"eyJhbGciOiJQUzUxMiIsImtpZCI6InJzYSIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJqb2U" \
	"iLCJhdWQiOiJicmlkZ2UiLCJleHAiOjE3MDAwMDAzMDB9.KuCLyVsYImRdkxGkTHMMTQ" \
	"0n6yROKVP8T9xXXBgL_FZQOLHjdpnOCYos6-Gl5QoQlL2zKfNfJWmWL2z5Tn9T16c6Ma" \
	"1f2VsDmsczazAOI0eVirMvy4X_G-9wrIPkBADqEQwFhDYax1Vg7hhPaSDkzq-VeD4og7" \
	"46hf32s1rhYsozJ1XjrJFW04JWnvKgYCvAXjdorlVOR0B_2gca23o424c2f6EIlu0xUn" \
	"Wdi5gVsdJQe7dyF3r5S3jQ92XxXVuEvJsBRMDQIBme7hsQYu3FHB5mZrObHXGXSRln15" \
	"ZAD2ZY9DQNAgAUV-PVnMRfH6BdOEZoRjPwbODysf6ttmkegA"

#define TOKEN_ES256                                                            \
	"eyJhbGciOiJFUzI1NiIsImtpZCI6InAyNTYiLCJ0eXAiOiJKV1QifQ.eyJpc3MiOiJqb" \
	"2UiLCJhdWQiOiJicmlkZ2UiLCJleHAiOjE3MDAwMDAzMDB9.llsm2zPzgmz9LqC1FT9d" \
	"-3OPyzUqKUEEJ_ltxlin-8v3-LGrOllpp9ey1P_fVBPTo3tWnKcm9hBk4iuPDcl-Lg"

#define TOKEN_ES384                                                            \
	"eyJhbGciOiJFUzM4NCIsImtpZCI6InAzODQiLCJ0eXAiOiJKV1QifQ.eyJpc3MiOiJqb" \
	"2UiLCJhdWQiOiJicmlkZ2UiLCJleHAiOjE3MDAwMDAzMDB9.uSp3k9np2lu3ibrjUX3U" \
	"-1zOOdx-xJmtxjcvojXbconeoGGG2jwG98ayWmJIn7kRRIXla90J8fSdzKlKAtKQFzSB" \
	"o0FLyFYrfCEzbVkq3lAmI9E7vcPldr4jutG-3262"

#define TOKEN_ES512                                                            \
	"eyJhbGciOiJFUzUxMiIsImtpZCI6InA1MjEiLCJ0eXAiOiJKV1QifQ.eyJpc3MiOiJqb" \
	"2UiLCJhdWQiOiJicmlkZ2UiLCJleHAiOjE3MDAwMDAzMDB9.AAgdWxAjN5VSUv0YSZMp" \
	"icrUNl4lVyB7MUbjlicy3rPwTMaUOwCj4ydylaAmSJnDPvjLMv8pp1-5rziorPSbCPEh" \
	"ABQm3eSudJpv1hqh47ywe15MfYRWYbKOh-qynTncroHI9yFH3ciPa3g2WYJt73N11T_C" \
	"r1DXcSvnfwUW4NJFMHWu"

#define TOKEN_EDDSA                                                            \
	"eyJhbGciOiJFZERTQSIsImtpZCI6ImVkIiwidHlwIjoiSldUIn0.eyJpc3MiOiJqb2Ui" \
	"LCJhdWQiOiJicmlkZ2UiLCJleHAiOjE3MDAwMDAzMDB9._RtYyS-_1C1C23URUYWFHdb" \
	"kok7xa9thsjszPcGXOtyovSUL40_sTe5ZHmD2Chhbta4h7KtSKgmUjCHpQ0xHBw"

#endif
